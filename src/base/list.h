/* Intrusive doubly linked lists: the node lives inside the thing. A head is a node too. */
#ifndef FT_BASE_LIST_H
#define FT_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct ft_list {
    struct ft_list *prev, *next;
};

static inline void ft_list_init(struct ft_list *l)
{
    l->prev = l->next = l;
}
static inline bool ft_list_empty(const struct ft_list *l)
{
    return l->next == l;
}
/* Takes a node out of whatever list it is in and makes it a list of its own. */
static inline void ft_list_del(struct ft_list *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    ft_list_init(n);
}
/* Puts a node, which is in no list, at the end. */
static inline void ft_list_push(struct ft_list *head, struct ft_list *n)
{
    n->prev = head->prev;
    n->next = head;
    head->prev->next = n;
    head->prev = n;
}

#define ft_container_of(node, type, member) ((type *)((char *)(node) - offsetof(type, member)))

#endif
