// Drives the vendor's JavaScript client, unmodified, against the gateway's WebSocket API.
// usage: driver.mjs FOLDER HOST PORT SSL(0|1) KEY SCENARIO; FOLDER has node_modules with the client.
// Prints what it does; the last line is "done". Anything unexpected ends the process with an error.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, host, port, ssl, key, scenario] = process.argv.slice(2);
register('./hooks.mjs', import.meta.url);
globalThis.WebSocket = createRequire(`${folder}/`)('ws'); // the client wants a browser's; its users do this
console.debug = () => {};
const name = existsSync(`${folder}/node_modules/futu-api`) ? 'futu-api' : 'moomoo-api';
const { default: Client } = await import(pathToFileURL(`${folder}/node_modules/${name}/main.js`));

const HK = 1, BUY = 1, NORMAL = 1, REAL = 1, SIMULATE = 0, PROTO = { ORDER: 2208, FILL: 2218 };
const tencent = { market: HK, code: '00700' };
const number = (v) => Number(v); // 64-bit fields come as Long

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function eventually(what, check) {
  for (const end = Date.now() + 20000; Date.now() < end; await pause(10)) {
    const result = check();
    if (result) return result;
  }
  assert.fail(`not within 20 s: ${what}`);
}

// A client that has tried to log in: its answer is in client.login.
function start(withKey) {
  const client = new Client();
  client.pushes = [];
  client.logins = [];
  client.onlogin = (ok, message) => client.logins.push([ok, message]);
  client.onPush = (cmd, response) => client.pushes.push([cmd, response]);
  client.start(host, Number(port), ssl === '1', withKey);
  return client;
}
const pushed = (client, cmd, fits = () => true) =>
  eventually(`push ${cmd}`, () => client.pushes.find(([c, r]) => c === cmd && r.retType === 0 && fits(r.s2c)))
    .then(([, response]) => response.s2c);

async function login() {
  const client = start(key);
  await eventually('a login', () => client.logins.length);
  assert.equal(client.logins[0][0], true, `login refused: ${client.logins[0][1]}`);
  assert.ok(BigInt(client.getConnID().toString()) > 0n);
  console.log('login', client.getConnID().toString());
  return client;
}

async function wrongKey() {
  const client = start(`${key}x`);
  await eventually('an answer', () => client.logins.length);
  assert.deepEqual(client.logins, [[false, -1]]);
  await pause(1300); // it does not try again
  assert.equal(client.logins.length, 1);
  console.log('wrong key refused');
}

async function quotes(client) {
  const state = await client.GetGlobalState({ c2s: { userID: 0 } });
  assert.equal(state.s2c.qotLogined, true);
  assert.equal(state.s2c.connID.toString(), client.getConnID().toString());
  const notice = await pushed(client, 1003, (s) => s.type === 2);
  assert.ok(notice.programStatus.programStatus.type > 0);
  const types = [1, 2, 4, 6]; // quote, book, ticker, day bars
  await client.Sub({ c2s: { securityList: [tencent], subTypeList: types, isSubOrUnSub: true, isRegOrUnRegPush: true,
    isFirstPush: true } });
  const basic = await client.GetBasicQot({ c2s: { securityList: [tencent] } });
  assert.equal(basic.s2c.basicQotList[0].security.code, '00700');
  assert.ok(basic.s2c.basicQotList[0].curPrice > 0);
  const bars = await client.GetKL({ c2s: { security: tencent, rehabType: 1, klType: 2, reqNum: 10 } });
  assert.equal(bars.s2c.klList.length, 10);
  const snapshot = await client.GetSecuritySnapshot({ c2s: { securityList: [tencent] } });
  assert.ok(snapshot.s2c.snapshotList[0].basic.lotSize === 100);
  const book = await client.GetOrderBook({ c2s: { security: tencent, num: 10 } });
  assert.ok(book.s2c.orderBookAskList[0].price > book.s2c.orderBookBidList[0].price);
  await assert.rejects(client.GetBasicQot({ c2s: { securityList: [{ market: HK, code: 'NONE' }] } }),
    (r) => r.retType === -1 && r.retMsg.length > 0);
  console.log('quotes');
  assert.equal((await pushed(client, 3005)).basicQotList[0].security.code, '00700');
  assert.equal((await pushed(client, 3011)).security.code, '00700');
  assert.equal((await pushed(client, 3013)).security.code, '00700');
  assert.ok((await pushed(client, 3007)).klList.length > 0);
  console.log('pushes');
  return book.s2c.orderBookAskList[0].price;
}

// A limit order far above the best ask fills at once; its pushes and lists say the same as its reply.
async function trade(client, account, price) {
  const header = { trdEnv: account.trdEnv, accID: account.accID, trdMarket: HK };
  const placed = await client.PlaceOrder({ c2s: { packetID: { connID: 0, serialNo: 0 }, header, trdSide: BUY,
    orderType: NORMAL, code: '00700', qty: 100, price: Math.ceil(price * 1.02), secMarket: 1 } });
  const id = placed.s2c.orderID.toString();
  const mine = (s) => s.order.orderID.toString() === id;
  await pushed(client, PROTO.ORDER, mine);
  const fill = await pushed(client, PROTO.FILL, (s) => s.orderFill.orderID.toString() === id);
  assert.ok(fill.orderFill.qty > 0 && fill.orderFill.price > 0);
  const full = await pushed(client, PROTO.ORDER, (s) => mine(s) && s.order.orderStatus === 11);
  assert.equal(full.order.fillQty, 100);
  const orders = await client.GetOrderList({ c2s: { header } });
  const row = orders.s2c.orderList.find((o) => o.orderID.toString() === id);
  assert.equal(row.orderStatus, 11);
  const fills = await client.GetOrderFillList({ c2s: { header } });
  assert.ok(fills.s2c.orderFillList.some((f) => f.orderID.toString() === id));
  const positions = await client.GetPositionList({ c2s: { header } });
  assert.ok(positions.s2c.positionList.some((p) => p.code === '00700' && p.qty >= 100));
  console.log('order', id, account.trdEnv === REAL ? 'real' : 'simulated');
}

async function trading(client, price) {
  const accounts = (await client.GetAccList({ c2s: { userID: 0, needGeneralSecAccount: true } })).s2c.accList
    .filter((a) => a.trdMarketAuthList.includes(HK) && a.accStatus !== 1); // 1: disabled
  const real = accounts.find((a) => a.trdEnv === REAL), paper = accounts.find((a) => a.trdEnv === SIMULATE);
  await client.SubAccPush({ c2s: { accIDList: [real.accID, paper.accID] } });
  await trade(client, paper, price);
  await client.UnlockTrade({ c2s: { unlock: false, securityFirm: 1 } });
  const header = { trdEnv: REAL, accID: real.accID, trdMarket: HK };
  const order = { header, trdSide: BUY, orderType: NORMAL, code: '00700', qty: 100, price: 1, secMarket: 1 };
  await assert.rejects(client.PlaceOrder({ c2s: { packetID: { connID: 0, serialNo: 0 }, ...order } }),
    (r) => /unlock/i.test(r.retMsg));
  const md5 = createHash('md5').update('123456').digest('hex');
  await client.UnlockTrade({ c2s: { unlock: true, pwdMD5: md5, securityFirm: 1 } });
  console.log('unlocked');
  await trade(client, real, price);
  assert.ok(number((await client.GetFunds({ c2s: { header } })).s2c.funds.totalAssets) > 0);
}

async function all() {
  if (key) await wrongKey();
  const client = await login();
  await trading(client, await quotes(client));
}

// The gateway goes and comes back meanwhile: the client logs in again by itself.
async function reconnect() {
  const client = await login();
  await eventually('a second login', () => client.logins.length > 1);
  assert.equal(client.logins[1][0], true);
  assert.equal((await client.GetGlobalState({ c2s: { userID: 0 } })).s2c.qotLogined, true);
}

await { all, reconnect }[scenario]();
console.log('done');
process.exit(0);
