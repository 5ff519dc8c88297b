#include "exchange/ladder.h"

_Static_assert(sizeof(struct ft_ladder_node) == 512, "four cache lines");

enum {
    CAP = FT_LADDER_CAP,
    LEAST = CAP / 4,           /* below it a node is merged or refilled */
    FULL_ENOUGH = CAP * 3 / 4, /* a merged node keeps room, so that it does not split at once */
};

/* Number of keys below `key`, without branches that depend on the keys: which way a search turns
 * is not predictable, and a wrong guess costs more than the whole search. */
static uint32_t keys_below(const struct ft_ladder_node *n, int64_t key)
{
    const int64_t *base = n->key;
    uint32_t len = n->count;
    while (len > 1) {
        uint32_t half = len / 2;
        base = base[half - 1] < key ? base + half : base;
        len -= half;
    }
    return (uint32_t)(base - n->key) + (len == 1 && *base < key);
}

/* The child of an inner node whose range holds `key`. */
static uint32_t child_for(const struct ft_ladder_node *n, int64_t key)
{
    uint32_t at = keys_below(n, key);
    if (at < n->count && n->key[at] == key)
        return at;
    return at ? at - 1 : 0;
}

static void open_gap(struct ft_ladder_node *n, uint32_t at, int64_t key, uint32_t ref)
{
    FT_CHECK(n->count < CAP && at <= n->count);
    memmove(&n->key[at + 1], &n->key[at], (n->count - at) * sizeof n->key[0]);
    memmove(&n->ref[at + 1], &n->ref[at], (n->count - at) * sizeof n->ref[0]);
    n->key[at] = key;
    n->ref[at] = ref;
    n->count++;
}

static void close_gap(struct ft_ladder_node *n, uint32_t at)
{
    FT_CHECK(n->count > 0 && at < n->count);
    n->count--;
    memmove(&n->key[at], &n->key[at + 1], (n->count - at) * sizeof n->key[0]);
    memmove(&n->ref[at], &n->ref[at + 1], (n->count - at) * sizeof n->ref[0]);
}

static void move_entries(struct ft_ladder_node *to, uint32_t to_at, struct ft_ladder_node *from,
                         uint32_t from_at, uint32_t count)
{
    FT_CHECK(to_at + count <= CAP && from_at + count <= CAP);
    memmove(&to->key[to_at], &from->key[from_at], count * sizeof to->key[0]);
    memmove(&to->ref[to_at], &from->ref[from_at], count * sizeof to->ref[0]);
}

static uint32_t new_node(struct ft_pool *nodes, uint16_t height)
{
    uint32_t i = ft_pool_take(nodes);
    struct ft_ladder_node *n = ft_ladder_at(nodes, i);
    n->count = 0;
    n->height = height;
    n->prev = n->next = 0;
    return i;
}

/* Moves the upper half of a full node to a new one on its right. */
static uint32_t split(struct ft_pool *nodes, struct ft_ladder *l, uint32_t left_i)
{
    struct ft_ladder_node *left = ft_ladder_at(nodes, left_i);
    uint32_t right_i = new_node(nodes, left->height);
    struct ft_ladder_node *right = ft_ladder_at(nodes, right_i);
    uint32_t keep = CAP / 2;
    move_entries(right, 0, left, keep, CAP - keep);
    right->count = (uint16_t)(CAP - keep);
    left->count = (uint16_t)keep;
    if (left->height == 0) {
        right->prev = left_i;
        right->next = left->next;
        if (left->next)
            ft_ladder_at(nodes, left->next)->prev = right_i;
        left->next = right_i;
        if (l->top == left_i)
            l->top = right_i;
    }
    return right_i;
}

/* A search jumps over a node's lines; asked for together they cost one wait. */
static inline void prefetch_node(const struct ft_pool *nodes, uint32_t i)
{
    const char *n = (const char *)ft_ladder_at(nodes, i);
    for (size_t at = 0; at < sizeof(struct ft_ladder_node); at += 64)
        __builtin_prefetch(n + at);
}

void ft_ladder_prefetch(const struct ft_pool *nodes, const struct ft_ladder *l, int64_t key)
{
    uint32_t i = l->root;
    while (i && ft_ladder_at(nodes, i)->height > 0) {
        const struct ft_ladder_node *n = ft_ladder_at(nodes, i);
        i = n->ref[child_for(n, key)];
        if (n->height == 1) {
            prefetch_node(nodes, i);
            return;
        }
    }
}

struct path {
    uint32_t node[FT_LADDER_DEPTH];
    uint32_t slot[FT_LADDER_DEPTH];
    int depth; /* inner nodes above the leaf */
    uint32_t leaf;
};

/* With `lower`, keys of inner nodes are lowered where needed to cover a key about to come. */
static void descend(struct ft_pool *nodes, const struct ft_ladder *l, int64_t key, bool lower,
                    struct path *p)
{
    uint32_t i = l->root;
    p->depth = 0;
    for (;;) {
        struct ft_ladder_node *n = ft_ladder_at(nodes, i);
        if (n->height == 0)
            break;
        FT_CHECK(p->depth < FT_LADDER_DEPTH);
        uint32_t slot = child_for(n, key);
        if (lower && key < n->key[slot])
            n->key[slot] = key;
        p->node[p->depth] = i;
        p->slot[p->depth] = slot;
        p->depth++;
        i = n->ref[slot];
        prefetch_node(nodes, i);
    }
    p->leaf = i;
}

static void insert_split(struct ft_pool *nodes, struct ft_ladder *l, struct path *p, int64_t key,
                         uint32_t ref)
{
    uint32_t i = p->leaf;
    for (int d = p->depth - 1;; d--) {
        uint32_t right_i = split(nodes, l, i);
        struct ft_ladder_node *left = ft_ladder_at(nodes, i);
        struct ft_ladder_node *right = ft_ladder_at(nodes, right_i);
        struct ft_ladder_node *home = key > right->key[0] ? right : left;
        open_gap(home, keys_below(home, key), key, ref);
        key = right->key[0];
        ref = right_i;
        if (d < 0) {
            uint32_t root_i = new_node(nodes, (uint16_t)(left->height + 1));
            FT_CHECK(left->height + 1 < FT_LADDER_DEPTH);
            struct ft_ladder_node *root = ft_ladder_at(nodes, root_i);
            root->count = 2;
            root->key[0] = left->key[0];
            root->ref[0] = i;
            root->key[1] = key;
            root->ref[1] = ref;
            l->root = root_i;
            return;
        }
        i = p->node[d];
        struct ft_ladder_node *parent = ft_ladder_at(nodes, i);
        if (parent->count < CAP) {
            open_gap(parent, p->slot[d] + 1, key, ref);
            return;
        }
    }
}

void ft_ladder_insert(struct ft_pool *nodes, struct ft_ladder *l, int64_t key, uint32_t level)
{
    FT_CHECK(level != 0);
    if (!l->root)
        l->root = l->top = new_node(nodes, 0);
    struct ft_ladder_node *leaf = ft_ladder_at(nodes, l->top);
    struct path p;
    bool in_top = leaf->count < CAP && (l->root == l->top || key > leaf->key[0]);
    if (!in_top) {
        descend(nodes, l, key, true, &p);
        leaf = ft_ladder_at(nodes, p.leaf);
        if (leaf->count == CAP) {
            insert_split(nodes, l, &p, key, level);
            return;
        }
    }
    uint32_t at = keys_below(leaf, key);
    FT_CHECK(at == leaf->count || leaf->key[at] != key);
    open_gap(leaf, at, key, level);
}

/* Evens out or merges the children `slot` and `slot + 1`. */
static void rebalance(struct ft_pool *nodes, struct ft_ladder *l, struct ft_ladder_node *parent,
                      uint32_t slot)
{
    uint32_t left_i = parent->ref[slot], right_i = parent->ref[slot + 1];
    struct ft_ladder_node *left = ft_ladder_at(nodes, left_i);
    struct ft_ladder_node *right = ft_ladder_at(nodes, right_i);
    uint32_t total = (uint32_t)left->count + right->count;
    FT_CHECK(left->height == right->height);
    if (total > FULL_ENOUGH) {
        uint32_t want = total / 2;
        if (left->count < want) {
            uint32_t moved = want - left->count;
            move_entries(left, left->count, right, 0, moved);
            move_entries(right, 0, right, moved, right->count - moved);
        } else {
            uint32_t moved = left->count - want;
            move_entries(right, moved, right, 0, right->count);
            move_entries(right, 0, left, want, moved);
        }
        left->count = (uint16_t)want;
        right->count = (uint16_t)(total - want);
        parent->key[slot + 1] = right->key[0];
        return;
    }
    move_entries(left, left->count, right, 0, right->count);
    left->count = (uint16_t)total;
    if (left->height == 0) {
        left->next = right->next;
        if (right->next)
            ft_ladder_at(nodes, right->next)->prev = left_i;
        if (l->top == right_i)
            l->top = left_i;
    }
    close_gap(parent, slot + 1);
    ft_pool_give(nodes, right_i);
}

static void remove_slowly(struct ft_pool *nodes, struct ft_ladder *l, int64_t key)
{
    struct path p;
    descend(nodes, l, key, false, &p);
    struct ft_ladder_node *n = ft_ladder_at(nodes, p.leaf);
    uint32_t at = keys_below(n, key);
    FT_CHECK(at < n->count && n->key[at] == key);
    close_gap(n, at);
    for (int d = p.depth - 1; d >= 0 && n->count < LEAST; d--) {
        struct ft_ladder_node *parent = ft_ladder_at(nodes, p.node[d]);
        FT_CHECK(parent->count >= 2);
        rebalance(nodes, l, parent, p.slot[d] ? p.slot[d] - 1 : 0);
        n = parent;
    }
    n = ft_ladder_at(nodes, l->root);
    if (n->height > 0 && n->count == 1) {
        uint32_t old = l->root;
        l->root = n->ref[0];
        ft_pool_give(nodes, old);
    }
}

void ft_ladder_remove(struct ft_pool *nodes, struct ft_ladder *l, int64_t key)
{
    FT_CHECK(l->root != 0 && l->top != 0);
    struct ft_ladder_node *leaf = ft_ladder_at(nodes, l->top);
    bool alone = l->root == l->top;
    if (!alone && (leaf->count <= LEAST || key < leaf->key[0])) {
        remove_slowly(nodes, l, key);
        return;
    }
    uint32_t at = keys_below(leaf, key);
    FT_CHECK(at < leaf->count && leaf->key[at] == key);
    close_gap(leaf, at);
    if (leaf->count == 0) {
        ft_pool_give(nodes, l->root);
        l->root = l->top = 0;
    }
}

uint32_t ft_ladder_worst(const struct ft_pool *nodes, const struct ft_ladder *l)
{
    if (!l->root)
        return 0;
    const struct ft_ladder_node *n = ft_ladder_at(nodes, l->root);
    while (n->height > 0)
        n = ft_ladder_at(nodes, n->ref[0]);
    return n->ref[0];
}

struct ft_rung ft_ladder_first(const struct ft_pool *nodes, const struct ft_ladder *l)
{
    if (!l->top)
        return (struct ft_rung){0, 0};
    return (struct ft_rung){l->top, ft_ladder_at(nodes, l->top)->count - 1u};
}

uint32_t ft_rung_level(const struct ft_pool *nodes, struct ft_rung at)
{
    if (!at.leaf)
        return 0;
    const struct ft_ladder_node *n = ft_ladder_at(nodes, at.leaf);
    FT_CHECK(n->height == 0 && at.slot < n->count);
    return n->ref[at.slot];
}

void ft_rung_worse(const struct ft_pool *nodes, struct ft_rung *at)
{
    if (at->slot > 0) {
        at->slot--;
        return;
    }
    at->leaf = ft_ladder_at(nodes, at->leaf)->prev;
    at->slot = at->leaf ? ft_ladder_at(nodes, at->leaf)->count - 1u : 0;
}

void ft_rung_better(const struct ft_pool *nodes, struct ft_rung *at)
{
    const struct ft_ladder_node *n = ft_ladder_at(nodes, at->leaf);
    if (at->slot + 1 < n->count) {
        at->slot++;
        return;
    }
    *at = (struct ft_rung){n->next, 0};
}

struct verified {
    uint32_t last_leaf;
    uint32_t entries;
    int64_t last_key;
};

static void verify_node(const struct ft_pool *nodes, uint32_t i, bool root, struct verified *v)
{
    const struct ft_ladder_node *n = ft_ladder_at(nodes, i);
    FT_CHECK(n->count <= CAP && n->count >= (root ? (n->height ? 2 : 1) : LEAST));
    for (uint32_t s = 0; s < n->count; s++) {
        FT_CHECK(s == 0 || n->key[s - 1] < n->key[s]);
        if (n->height > 0) {
            const struct ft_ladder_node *child = ft_ladder_at(nodes, n->ref[s]);
            FT_CHECK(child->height + 1 == n->height);
            FT_CHECK(child->key[0] >= n->key[s] && (!v->entries || v->last_key < n->key[s]));
            verify_node(nodes, n->ref[s], false, v);
        } else {
            FT_CHECK(n->ref[s] && (!v->entries || v->last_key < n->key[s]));
            v->last_key = n->key[s];
            v->entries++;
        }
    }
    if (n->height == 0) {
        FT_CHECK(n->prev == v->last_leaf);
        FT_CHECK(!v->last_leaf || ft_ladder_at(nodes, v->last_leaf)->next == i);
        v->last_leaf = i;
    }
}

uint32_t ft_ladder_verify(const struct ft_pool *nodes, const struct ft_ladder *l)
{
    struct verified v = {0};
    if (l->root)
        verify_node(nodes, l->root, true, &v);
    FT_CHECK(v.last_leaf == l->top);
    FT_CHECK(!v.last_leaf || ft_ladder_at(nodes, v.last_leaf)->next == 0);
    return v.entries;
}
