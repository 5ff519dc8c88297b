/* Assertions that stay on in release builds.
 *
 * A broken invariant of a book, a ledger or a queue must stop the process before it harms
 * anybody's account; the store brings the state back. They are for the programmer's mistakes,
 * never for input. */
#ifndef FT_BASE_CHECK_H
#define FT_BASE_CHECK_H

_Noreturn void ft_check_failed(const char *file, int line, const char *what);

#define FT_CHECK(cond)                                                                             \
    (__builtin_expect(!(cond), 0) ? ft_check_failed(__FILE__, __LINE__, #cond) : (void)0)

#endif
