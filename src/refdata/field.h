/* Fields of messages by name, over protobuf-c's descriptors. For this folder and its tests. */
#ifndef FT_REFDATA_FIELD_H
#define FT_REFDATA_FIELD_H

#include "base/arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

/* The field, or NULL. */
const ProtobufCFieldDescriptor *ft_ref_field(const ProtobufCMessageDescriptor *d, const char *name);
/* Whether a singular field is set. */
bool ft_ref_has(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);
bool ft_ref_is_whole(const ProtobufCFieldDescriptor *f); /* an integer, bool or enum */
bool ft_ref_is_real(const ProtobufCFieldDescriptor *f);
bool ft_ref_is_text(const ProtobufCFieldDescriptor *f);

/* Value of a whole field; 0 when absent. uint64 above INT64_MAX comes as INT64_MAX. */
int64_t ft_ref_int(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);
double ft_ref_real(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);
const char *ft_ref_text(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f); /* or NULL */
const ProtobufCMessage *ft_ref_sub(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);

/* < 0, 0, > 0 for two messages of a type by one field; an absent one is below every other. */
int ft_ref_compare(const ProtobufCMessage *a, const ProtobufCMessage *b,
                   const ProtobufCFieldDescriptor *f);

/* A new, empty message; NULL without memory. */
ProtobufCMessage *ft_ref_new(const ProtobufCMessageDescriptor *d, struct ft_arena *arena);
/* Set a field that must exist and be of that kind; texts are kept by the caller. */
void ft_ref_set_int(ProtobufCMessage *m, const char *name, int64_t v);
void ft_ref_set_real(ProtobufCMessage *m, const char *name, double v);
void ft_ref_set_text(ProtobufCMessage *m, const char *name, const char *v);
void ft_ref_set_list(ProtobufCMessage *m, const char *name, ProtobufCMessage **items, size_t n);
void ft_ref_set_sub(ProtobufCMessage *m, const char *name, ProtobufCMessage *v);
/* Copies a set scalar or text field from a message of the same type. */
void ft_ref_copy(ProtobufCMessage *to, const ProtobufCMessage *from,
                 const ProtobufCFieldDescriptor *f);

#endif
