#include "spec/git_object.h"

#include <string.h>

#define LINE_MAX_BYTES 128

static const char *const type_names[] = {
    [GIT_COMMIT] = "commit",
    [GIT_TREE] = "tree",
    [GIT_BLOB] = "blob",
};

typedef struct {
    GitType type;
    GBytes *bytes;
} GitObject;

struct GitObjects {
    GHashTable *by_id; /* id as text -> GitObject */
};

/* ---- ids ---- */

guint git_id_size(gboolean is_sha256)
{
    return is_sha256 ? 32 : 20;
}

gboolean git_id_parse(const char *text, gsize length, GitId *out)
{
    if (length != 2 * git_id_size(FALSE) && length != 2 * git_id_size(TRUE)) {
        return FALSE;
    }
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i]) && (text[i] < 'a' || text[i] > 'f')) {
            return FALSE;
        }
    }
    memset(out, 0, sizeof *out);
    memcpy(out->text, text, length);
    return TRUE;
}

gboolean git_id_equal(const GitId *left, const GitId *right)
{
    return strcmp(left->text, right->text) == 0;
}

gboolean git_id_is_sha256(const GitId *id)
{
    return strlen(id->text) == 2 * git_id_size(TRUE);
}

void git_id_from_bytes(const guint8 *bytes, gboolean is_sha256, GitId *out)
{
    for (guint i = 0; i < git_id_size(is_sha256); i++) {
        g_snprintf(out->text + 2 * i, 3, "%02x", bytes[i]);
    }
}

void git_id_of(GitType type, const void *bytes, gsize length, gboolean is_sha256, GitId *out)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(is_sha256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_SHA1);
    g_autofree char *head = g_strdup_printf("%s %" G_GSIZE_FORMAT, type_names[type], length);
    g_checksum_update(checksum, (const guchar *)head, (gssize)strlen(head) + 1);
    g_checksum_update(checksum, bytes, (gssize)length);
    g_strlcpy(out->text, g_checksum_get_string(checksum), sizeof out->text);
}

/* ---- many of them ---- */

static void git_object_free(gpointer data)
{
    GitObject *object = data;
    g_bytes_unref(object->bytes);
    g_free(object);
}

void git_objects_free(GitObjects *objects)
{
    if (objects == NULL) {
        return;
    }
    g_hash_table_unref(objects->by_id);
    g_free(objects);
}

guint git_objects_count(const GitObjects *objects)
{
    return g_hash_table_size(objects->by_id);
}

typedef struct {
    const char *at, *end;
    guint number;      /* of the object, from 1 on */
    gboolean has_kind; /* the first id is read: */
    gboolean is_sha256;
} ObjectReader;

static gboolean refuse_object(const ObjectReader *reader, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static gboolean refuse_object(const ObjectReader *reader, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT, "object %u from git: %s",
                reader->number, message);
    return FALSE;
}

typedef struct {
    GitId id;
    GitType type;
    gsize size;
} ObjectHead;

static gboolean take_type(const char *name, GitType *out)
{
    for (guint i = 0; i < G_N_ELEMENTS(type_names); i++) {
        if (strcmp(name, type_names[i]) == 0) {
            *out = (GitType)i;
            return TRUE;
        }
    }
    return FALSE;
}

/* "ID TYPE SIZE" */
static gboolean read_head(ObjectReader *reader, ObjectHead *out, GError **error)
{
    gsize left = MIN((gsize)(reader->end - reader->at), LINE_MAX_BYTES);
    const char *newline = memchr(reader->at, '\n', left);
    g_autofree char *line =
        newline != NULL ? g_strndup(reader->at, (gsize)(newline - reader->at)) : g_strdup("");
    g_auto(GStrv) words = g_strsplit(line, " ", 4);
    guint64 size = 0;
    if (g_strv_length(words) != 3 || !git_id_parse(words[0], strlen(words[0]), &out->id) ||
        !take_type(words[1], &out->type) ||
        !g_ascii_string_to_unsigned(words[2], 10, 0, GIT_OBJECT_BYTES_MAX, &size, NULL)) {
        return refuse_object(
            reader, error, "expected an id, a type and a size of at most %u, found something else",
            GIT_OBJECT_BYTES_MAX);
    }
    out->size = (gsize)size;
    reader->at = newline + 1;
    return TRUE;
}

static gboolean check_id(ObjectReader *reader, const ObjectHead *head, GError **error)
{
    GitId id;
    gboolean is_sha256 = git_id_is_sha256(&head->id);
    if (reader->has_kind && is_sha256 != reader->is_sha256) {
        return refuse_object(reader, error, "expected an id of the same kind as before");
    }
    reader->has_kind = TRUE;
    reader->is_sha256 = is_sha256;
    git_id_of(head->type, reader->at, head->size, is_sha256, &id);
    return git_id_equal(&id, &head->id) ||
           refuse_object(reader, error, "expected the bytes of %s, found those of %s",
                         head->id.text, id.text);
}

static gboolean read_object(ObjectReader *reader, GitObjects *objects, GError **error)
{
    ObjectHead head;
    if (!read_head(reader, &head, error)) {
        return FALSE;
    }
    gsize left = (gsize)(reader->end - reader->at);
    if (left <= head.size || reader->at[head.size] != '\n') {
        return refuse_object(reader, error, "expected %" G_GSIZE_FORMAT " bytes and a newline",
                             head.size);
    }
    if (!check_id(reader, &head, error)) {
        return FALSE;
    }
    GitObject *object = g_new0(GitObject, 1);
    object->type = head.type;
    object->bytes = g_bytes_new(reader->at, head.size);
    g_hash_table_insert(objects->by_id, g_strdup(head.id.text), object);
    reader->at += head.size + 1;
    return TRUE;
}

GitObjects *git_objects_parse(const char *bytes, gsize length, GError **error)
{
    ObjectReader reader = {.at = bytes, .end = bytes + length};
    g_autoptr(GitObjects) objects = g_new0(GitObjects, 1);
    objects->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, git_object_free);
    gboolean is_read = length <= GIT_OBJECTS_BYTES_MAX ||
                       refuse_object(&reader, error, "expected at most %u bytes of all of them",
                                     GIT_OBJECTS_BYTES_MAX);
    while (is_read && reader.at < reader.end) {
        reader.number++;
        is_read =
            reader.number <= GIT_OBJECTS_MAX
                ? read_object(&reader, objects, error)
                : refuse_object(&reader, error, "expected at most %u of them", GIT_OBJECTS_MAX);
    }
    return is_read ? g_steal_pointer(&objects) : NULL;
}

GBytes *git_objects_find(const GitObjects *objects, const GitId *id, GitType type, GError **error)
{
    const GitObject *object = g_hash_table_lookup(objects->by_id, id->text);
    if (object == NULL || object->type != type) {
        g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT, "expected the %s %s, found %s",
                    type_names[type], id->text,
                    object == NULL ? "nothing" : type_names[object->type]);
        return NULL;
    }
    return object->bytes;
}
