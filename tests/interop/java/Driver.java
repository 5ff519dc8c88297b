/* Drives the vendor's Java SDK for test_java.py: commands come line by line on stdin, what happens
 * goes out line by line on stdout. The SDK does not reconnect by itself: "connect" makes a new
 * connection object, as an application does in its onDisconnect.
 *
 * usage: Driver HOST PORT [KEY_FILE]; with a key file connections are encrypted. */
import com.futu.openapi.FTAPI;
import com.futu.openapi.FTAPI_Conn;
import com.futu.openapi.FTAPI_Conn_Qot;
import com.futu.openapi.FTSPI_Conn;
import com.futu.openapi.FTSPI_Qot;
import com.futu.openapi.ProtoHeader;
import com.futu.openapi.ReqReplyType;
import com.futu.openapi.pb.GetGlobalState;
import com.futu.openapi.pb.GetUserInfo;
import com.futu.openapi.pb.Notify;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;

public class Driver implements FTSPI_Conn, FTSPI_Qot {
    static final int GET_USER_INFO = 1005;

    /* The SDK has no named call for GetUserInfo; sendProto and onReply are its way to add one. */
    class Connection extends FTAPI_Conn_Qot {
        void getUserInfo() {
            sendProto(GET_USER_INFO, GetUserInfo.Request.newBuilder()
                    .setC2S(GetUserInfo.C2S.newBuilder()).build());
        }

        @Override
        protected void onReply(ReqReplyType type, ProtoHeader header, byte[] body) {
            if (header.nProtoID != GET_USER_INFO) {
                super.onReply(type, header, body);
                return;
            }
            try {
                if (type != ReqReplyType.SvrReply) {
                    say("user error " + type);
                    return;
                }
                GetUserInfo.Response reply = GetUserInfo.Response.parseFrom(body);
                say("user " + reply.getRetType() + " id=" + reply.getS2C().getUserID()
                        + " hk=" + reply.getS2C().getHkQotRight());
            } catch (Exception e) {
                say("user exception " + e);
            }
        }
    }

    final String host;
    final int port;
    final String key;
    Connection connection;

    Driver(String host, int port, String key) {
        this.host = host;
        this.port = port;
        this.key = key;
    }

    static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    @Override
    public void onInitConnect(FTAPI_Conn client, long error, String text) {
        say("init " + error + " conn=" + client.getConnectID() + " " + text);
    }

    @Override
    public void onDisconnect(FTAPI_Conn client, long error) {
        say("disconnected " + error);
    }

    @Override
    public void onReply_GetGlobalState(FTAPI_Conn client, int serial, GetGlobalState.Response reply) {
        say("state " + reply.getRetType() + " version=" + reply.getS2C().getServerVer()
                + " logined=" + reply.getS2C().getQotLogined() + " conn=" + reply.getS2C().getConnID());
    }

    @Override
    public void onPush_Notify(FTAPI_Conn client, Notify.Response push) {
        say("notify " + push.getS2C().getType());
    }

    void connect() {
        if (connection != null) {
            connection.close();
        }
        connection = new Connection();
        connection.setClientInfo("interop", 1);
        connection.setConnSpi(this);
        connection.setQotSpi(this);
        if (key != null) {
            connection.setRSAPrivateKey(key);
        }
        connection.initConnect(host, port, key != null);
    }

    void run() throws Exception {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = commands.readLine()) != null && !line.equals("quit");) {
            switch (line) {
            case "connect":
                connect();
                break;
            case "state":
                connection.getGlobalState(GetGlobalState.Request.newBuilder()
                        .setC2S(GetGlobalState.C2S.newBuilder().setUserID(0)).build());
                break;
            case "user":
                connection.getUserInfo();
                break;
            default:
                say("unknown command " + line);
            }
        }
        connection.close();
    }

    public static void main(String[] args) throws Exception {
        FTAPI.init();
        String key = args.length > 2
                ? new String(Files.readAllBytes(Paths.get(args[2])), StandardCharsets.UTF_8) : null;
        new Driver(args[0], Integer.parseInt(args[1]), key).run();
        say("bye");
        System.exit(0);
    }
}
