#include "xenbackend/xen_disk_text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *source;
    const char *text; /* the piece being read, for messages */
    GString *report;
    XenDiskText *disk;
    gboolean has_prefix; /* "phy:" and its kind: no format field follows */
    gboolean has_access;
    gboolean has_failed;
} Reader;

XenDiskText *xen_disk_text_new(void)
{
    return g_new0(XenDiskText, 1);
}

void xen_disk_text_free(XenDiskText *disk)
{
    if (disk == NULL) {
        return;
    }
    g_free(disk->target);
    g_free(disk->vdev);
    g_free(disk->format);
    g_free(disk->backendtype);
    g_free(disk->backend);
    g_free(disk->script);
    g_free(disk->other);
    g_free(disk);
}

static void fail(Reader *reader, const char *near, const char *message)
{
    reader->has_failed = TRUE;
    g_string_append_printf(reader->report, "%s: config parsing error in disk specification: %s",
                           reader->source, message);
    if (near != NULL) {
        g_string_append_printf(reader->report, ": near `%s'", near);
    }
    g_string_append_printf(reader->report, " in `%s'\n", reader->text);
}

/* An empty text may be replaced, another may not. */
static void save(Reader *reader, char **place, const char *value, const char *message)
{
    if (*place != NULL && **place != '\0') {
        fail(reader, value, message);
        return;
    }
    g_free(*place);
    *place = g_strdup(value);
}

/* A word out of a list; it may be said twice, but not two of them. */
static void choose(Reader *reader, char **place, const char *value, const char *const *words,
                   const char *what)
{
    if (!g_strv_contains(words, value)) {
        g_autofree char *message = g_strdup_printf("unknown value for %s", what);
        fail(reader, value, message);
    } else if (*place != NULL && strcmp(*place, value) != 0) {
        /* xl names the member of its own structure here: "backend", where the key is backendtype.
         */
        const char *member = strcmp(what, "backendtype") == 0 ? "backend" : what;
        g_autofree char *message = g_strdup_printf("%s respecified", member);
        fail(reader, value, message);
    } else if (*place == NULL) {
        *place = g_strdup(value);
    }
}

static void set_format(Reader *reader, const char *value)
{
    static const char *const words[] = {"raw", "qcow", "qcow2", "vhd", "empty", "qed", NULL};
    if (*value != '\0') {
        choose(reader, &reader->disk->format, value, words, "format");
        return;
    }
    if (reader->disk->format != NULL && strcmp(reader->disk->format, "raw") != 0) {
        fail(reader, value, "format respecified");
    } else if (reader->disk->format == NULL) {
        reader->disk->format = g_strdup("raw");
    }
}

static void set_access(Reader *reader, const char *value)
{
    if (strcmp(value, "r") == 0 || strcmp(value, "ro") == 0) {
        reader->disk->is_read_only = TRUE;
    } else if (strcmp(value, "rw") == 0 || strcmp(value, "w") == 0 || *value == '\0') {
        reader->disk->is_read_only = FALSE;
    } else {
        fail(reader, value, "unknown value for access");
    }
}

static gboolean take_vdev_and_type(Reader *reader, char *value)
{
    char *colon = strrchr(value, ':');
    if (colon == NULL) {
        return FALSE;
    }
    *colon++ = '\0';
    save(reader, &reader->disk->vdev, value, "vdev respecified");
    if (strcmp(colon, "cdrom") == 0) {
        reader->disk->is_cdrom = TRUE;
    } else if (strcmp(colon, "disk") == 0) {
        reader->disk->is_cdrom = FALSE;
    } else {
        fail(reader, colon, "unknown deprecated type");
    }
    return TRUE;
}

/* FALSE: nothing more is to be read. */
static gboolean take_positional(Reader *reader, char *value)
{
    XenDiskText *disk = reader->disk;
    if (reader->has_failed) {
        return TRUE;
    }
    if (disk->target == NULL) {
        save(reader, &disk->target, value, "target respecified");
    } else if (!reader->has_prefix && disk->format == NULL) {
        if (*disk->target == '\0' && take_vdev_and_type(reader, value)) {
            disk->format = g_strdup("empty");
        } else {
            set_format(reader, value);
        }
    } else if (disk->vdev == NULL) {
        if (!take_vdev_and_type(reader, value)) {
            save(reader, &disk->vdev, value, "vdev respecified");
        }
    } else if (!reader->has_access) {
        reader->has_access = TRUE;
        set_access(reader, value);
    } else {
        fail(reader, value, "too many positional parameters");
        return FALSE;
    }
    return TRUE;
}

/* What xl reads and nothing here has a use for. VALUE NULL: it is a flag. */
static gboolean take_other(Reader *reader, const char *name, const char *value)
{
    static const char *const flags[] = {"colo", "no-colo", NULL};
    static const char *const keys[] = {"colo-host",   "colo-port",     "colo-export", "active-disk",
                                       "hidden-disk", "specification", NULL};
    if (!g_strv_contains(value == NULL ? flags : keys, name)) {
        return FALSE;
    }
    if (strcmp(name, "colo-port") == 0 && atoi(value) == 0) {
        fail(reader, value, "unknown value for colo_port");
    }
    if (strcmp(name, "specification") == 0 && strcmp(value, "xen") != 0 &&
        strcmp(value, "virtio") != 0) {
        fail(reader, value, "unknown value for specification");
    }
    if (reader->disk->other == NULL) {
        reader->disk->other = g_strdup(name);
    }
    return TRUE;
}

/* TRUE: it is a key that xl knows. */
static gboolean take_key(Reader *reader, const char *key, const char *value)
{
    static const char *const backends[] = {"phy", "tap", "qdisk", "standalone", NULL};
    XenDiskText *disk = reader->disk;
    if (strcmp(key, "format") == 0) {
        set_format(reader, value);
    } else if (strcmp(key, "access") == 0) {
        set_access(reader, value);
    } else if (strcmp(key, "vdev") == 0) {
        save(reader, &disk->vdev, value, "vdev respecified");
    } else if (strcmp(key, "script") == 0) {
        save(reader, &disk->script, value, "script respecified");
    } else if (strcmp(key, "backend") == 0) {
        save(reader, &disk->backend, value, "backend respecified");
    } else if (strcmp(key, "backendtype") == 0) {
        choose(reader, &disk->backendtype, value, backends, "backendtype");
    } else {
        return take_other(reader, key, value);
    }
    return TRUE;
}

/* Words that stand alone. TRUE: FIELD is one. */
static gboolean take_flag(Reader *reader, const char *field)
{
    XenDiskText *disk = reader->disk;
    if (strcmp(field, "cdrom") == 0 || strcmp(field, "devtype=cdrom") == 0) {
        disk->is_cdrom = TRUE;
    } else if (strcmp(field, "devtype=disk") == 0) {
        disk->is_cdrom = FALSE;
    } else if (strcmp(field, "discard") == 0) {
        disk->discard = XEN_FLAG_YES;
    } else if (strcmp(field, "no-discard") == 0) {
        disk->discard = XEN_FLAG_NO;
    } else if (strcmp(field, "trusted") == 0) {
        disk->trusted = XEN_FLAG_YES;
    } else if (strcmp(field, "untrusted") == 0) {
        disk->trusted = XEN_FLAG_NO;
    } else if (strcmp(field, "direct-io-safe") == 0) {
        disk->direct_io_safe = XEN_FLAG_YES;
    } else {
        return take_other(reader, field, NULL);
    }
    return TRUE;
}

/* "phy:", "file:" and so on before the target. The length of the prefix, or 0. */
static gsize take_prefix(Reader *reader, const char *text)
{
    static const char *const formats[] = {"raw", "qcow", "qcow2", "vhd", NULL};
    static const char *const scripts[] = {"iscsi", "nbd", "enbd", "drbd", NULL};
    static const char *const plain[] = {"tapdisk", "tap",  "tap2", "aio",
                                        "ioemu",   "file", "phy",  NULL};
    gsize length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");
    if (text[length] != ':') {
        return 0;
    }
    g_autofree char *word = g_strndup(text, length);
    if (g_strv_contains(formats, word)) {
        set_format(reader, word);
    } else if (g_strv_contains(scripts, word)) {
        g_autofree char *script = g_strconcat("block-", word, NULL);
        save(reader, &reader->disk->script, script, "script respecified");
    } else if (!g_strv_contains(plain, word)) {
        return 0;
    }
    reader->has_prefix = TRUE;
    return length + 1;
}

/* "foo:" before something that is no letter or digit, or as the whole rest. */
static gboolean is_unknown_prefix(const char *text)
{
    if (!g_ascii_islower(*text)) {
        return FALSE;
    }
    gsize length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");
    char after = text[length] == ':' ? text[length + 1] : 'a';
    return !g_ascii_islower(after) && !g_ascii_isdigit(after);
}

static gboolean is_parameter_name(const char *key)
{
    return g_ascii_islower(*key) &&
           key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* `target=` takes the rest of the text. */
static void take_target(Reader *reader, const char **text)
{
    const char *start = *text + strlen("target=");
    gsize length = strlen(start);
    *text = start + length;
    gsize kept = length > 0 && start[length - 1] == ',' ? length - 1 : length;
    g_autofree char *value = g_strndup(start, kept);
    save(reader, &reader->disk->target, value, "target respecified");
}

/* A field with an '=' at EQUALS that is no key of xl's. FALSE: nothing more is to be read. */
static gboolean take_unknown(Reader *reader, const char **text, const char *key, const char *equals)
{
    if (is_parameter_name(key) && equals[1] != '\0' && equals[1] != ',') {
        /* xl's rule takes one character of the value, and a comma right after it. */
        const char *after = equals[2] == ',' ? equals + 3 : equals + 2;
        g_autofree char *taken = g_strndup(*text, (gsize)(after - *text));
        fail(reader, taken, "unknown parameter");
        *text = after;
        return TRUE;
    }
    /* It takes what stands before the '=' for a field, and then knows no further; of an '=' at the
     * end it says nothing. */
    g_autofree char *before = g_strdup(key);
    gboolean goes_on =
        *before == '\0' || take_flag(reader, before) || take_positional(reader, before);
    if (goes_on && equals[1] != '\0') {
        fail(reader, equals, "bad disk syntax");
    }
    return FALSE;
}

/* Reads the field at *TEXT and steps over it. FALSE: nothing more is to be read. */
static gboolean take_field(Reader *reader, const char **text)
{
    const char *start = *text;
    if (g_str_has_prefix(start, "target=")) {
        take_target(reader, text);
        return TRUE;
    }
    gsize prefix = take_prefix(reader, start);
    if (prefix > 0) {
        *text += prefix;
        return TRUE;
    }
    if (is_unknown_prefix(start)) {
        g_autofree char *word = g_strndup(start, strcspn(start, ":") + 1);
        fail(reader, word, "unknown deprecated disk prefix");
        return FALSE;
    }
    gsize length = strcspn(start, ",");
    gboolean has_comma = start[length] == ',';
    g_autofree char *field = g_strndup(start, length);
    const char *next = start + length + (has_comma ? 1 : 0);
    char *equals = strchr(field, '=');
    g_autofree char *key =
        g_strndup(field, equals != NULL ? (gsize)(equals - field) : strlen(field));
    if (take_flag(reader, field) || (equals != NULL && take_key(reader, key, equals + 1))) {
        *text = next;
        return TRUE;
    }
    if (equals == NULL) {
        *text = next;
        return take_positional(reader, field);
    }
    if (strcmp(key, "devtype") == 0) {
        g_autofree char *whole = g_strndup(start, (gsize)(next - start));
        fail(reader, whole, "unknown value for type");
        *text = next;
        return TRUE;
    }
    return take_unknown(reader, text, key, start + (equals - field));
}

XenDiskText *xen_disk_text_parse(const char *source, const char *const *pieces, guint count,
                                 GString *report)
{
    g_autoptr(XenDiskText) disk = xen_disk_text_new();
    Reader reader = {.source = source, .report = report, .disk = disk, .text = ""};
    for (guint i = 0; i < count && !reader.has_failed; i++) {
        reader.text = pieces[i];
        const char *next = pieces[i];
        do {
            next += strspn(next, " \t\n");
        } while (*next != '\0' && take_field(&reader, &next));
    }
    if (reader.has_failed) {
        return NULL;
    }
    if (disk->format == NULL) {
        disk->format = g_strdup("raw");
    }
    gboolean has_target = disk->target != NULL && *disk->target != '\0';
    if (disk->is_cdrom) {
        disk->is_read_only = TRUE;
        if (!has_target) {
            g_free(disk->format);
            disk->format = g_strdup("empty");
        }
    }
    if (disk->vdev == NULL) {
        fail(&reader, NULL, "no vdev specified");
    } else if (disk->target == NULL && !disk->is_cdrom) {
        fail(&reader, NULL, "no target specified (and device not removable)");
    }
    return reader.has_failed ? NULL : g_steal_pointer(&disk);
}
