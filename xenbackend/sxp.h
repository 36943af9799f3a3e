/* S-expressions as xend prints them: what `xm list --long` is made of.
 *
 * Format: Xen up to 4.4, tools/python/xen/xend/sxp.py:show and PrettyPrint.py: lists in round
 * brackets, atoms bare where they are plain, else as Python's repr() writes a text; blanks and line
 * ends between them have no meaning. */
#pragma once

#include <glib.h>

#define SXP_BYTES_MAX (64u * 1024 * 1024)
#define SXP_DEPTH_MAX 64u
/* Atoms and lists. A domain with hundreds of devices has a few thousand. */
#define SXP_NODES_MAX (8u * 1024 * 1024)

typedef struct Sxp Sxp;
/* An atom or a list of an Sxp; 0: none. */
typedef guint32 SxpNode;

/* Reads LENGTH bytes with any number of expressions. NULL when the text is none, or beyond a limit;
 * *trouble (may be NULL) then says in one line where and what was expected, to be freed. */
Sxp *sxp_parse(const char *text, gsize length, char **trouble);
void sxp_free(Sxp *sxp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sxp, sxp_free)

/* The first expression of the text, and the one behind an expression within the same list; 0: there
 * is none. */
SxpNode sxp_first(const Sxp *sxp);
SxpNode sxp_next(const Sxp *sxp, SxpNode node);
/* The first element of a list; 0: it is empty, or an atom. */
SxpNode sxp_child(const Sxp *sxp, SxpNode node);
/* The text of an atom, which holds no NUL; NULL: it is a list. */
const char *sxp_atom(const Sxp *sxp, SxpNode node);

/* Does the list begin with this atom: (NAME ...)? */
gboolean sxp_is_named(const Sxp *sxp, SxpNode list, const char *name);
/* The first element of the list that is (NAME ...); 0: there is none. */
SxpNode sxp_find(const Sxp *sxp, SxpNode list, const char *name);
/* The atom in its element (NAME ATOM); NULL where there is none, or more than one such element. */
const char *sxp_value(const Sxp *sxp, SxpNode list, const char *name);
