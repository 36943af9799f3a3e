/* Objects of git: bytes whose name is their digest. Who gave them is not to be believed: what is
 * found by its id here is what the id stands for. Failures are SIGNATURE_ERROR.
 *
 * A repository made with --object-format=sha256 has ids of SHA-256. Others have ids of SHA-1, of
 * which collisions can be made, though only of bytes that look random: so what is read here
 * (commits, the names in trees, and the YAML reader's texts) has to be text. */
#pragma once

#include "spec/signature.h"

#define GIT_ID_TEXT_SIZE      65 /* of SHA-256, with its NUL */
#define GIT_OBJECT_BYTES_MAX  (16u * 1024 * 1024)
#define GIT_OBJECTS_MAX       50000u
#define GIT_OBJECTS_BYTES_MAX (64u * 1024 * 1024)

typedef enum { GIT_COMMIT, GIT_TREE, GIT_BLOB } GitType;
typedef struct {
    char text[GIT_ID_TEXT_SIZE]; /* lower case */
} GitId;

/* Takes 40 or 64 digits, lower case, and nothing else. */
gboolean git_id_parse(const char *text, gsize length, GitId *out);
gboolean git_id_equal(const GitId *left, const GitId *right);
/* Is it of SHA-256? */
gboolean git_id_is_sha256(const GitId *id);
/* The id's bytes as trees have them: 20 or 32, which is returned. */
guint git_id_size(gboolean is_sha256);
void git_id_from_bytes(const guint8 *bytes, gboolean is_sha256, GitId *out);
/* What an object of these bytes is called. */
void git_id_of(GitType type, const void *bytes, gsize length, gboolean is_sha256, GitId *out);

typedef struct GitObjects GitObjects;

/* Reads what `git cat-file --batch` printed: "ID TYPE SIZE", LF, the bytes, LF, for each object.
 * Every object has to be what its id says, and all ids of one kind. */
GitObjects *git_objects_parse(const char *bytes, gsize length, GError **error);
void git_objects_free(GitObjects *objects);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GitObjects, git_objects_free)

guint git_objects_count(const GitObjects *objects);
/* Its bytes, which remain those of OBJECTS. NULL and SIGNATURE_ERROR_FORMAT where there is no such
 * object, or one of another type. */
GBytes *git_objects_find(const GitObjects *objects, const GitId *id, GitType type, GError **error);
