/*
 * An intrusive circular list: a link that is its own neighbour is alone. A
 * list is a link that belongs to no element, the sentinel. Nothing here
 * allocates or fails.
 *
 * Invariant: for every link, link->next->prev == link == link->prev->next.
 */
#ifndef EBB_QL_H
#define EBB_QL_H

#include <stdbool.h>

#include "compiler.h"

typedef struct qr_s {
	struct qr_s *next;
	struct qr_s *prev;
} qr_t;

/* Makes the link alone, or the sentinel an empty list. */
EBB_INLINE void
qr_init(qr_t *link)
{
	link->next = link->prev = link;
}

/* Inserts a link that is alone just before `at`: a sentinel's last place. */
EBB_INLINE void
qr_before_insert(qr_t *at, qr_t *link)
{
	link->prev = at->prev;
	link->next = at;
	at->prev->next = link;
	at->prev = link;
}

/* Inserts a link that is alone just behind `at`: a sentinel's first place. */
EBB_INLINE void
qr_after_insert(qr_t *at, qr_t *link)
{
	qr_before_insert(at->next, link);
}

/* Takes the link out of its list; it is alone afterwards. */
EBB_INLINE void
qr_remove(qr_t *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	qr_init(link);
}

/* Whether the sentinel's list is empty. */
EBB_INLINE bool
qr_empty(const qr_t *sentinel)
{
	return sentinel->next == sentinel;
}

#endif /* EBB_QL_H */
