#include "xenbackend/sim/sim_device.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *source;
    const char *text; /* the piece being read, for messages */
    GString *report;
    SimDisk *disk;
    gboolean has_prefix; /* "phy:" and its kind: no format field follows */
    gboolean has_access;
    gboolean has_failed;
} Reader;

SimDisk *sim_disk_new(void)
{
    return g_new0(SimDisk, 1);
}

void sim_disk_free(SimDisk *disk)
{
    if (disk == NULL)
        return;
    g_free(disk->target);
    g_free(disk->vdev);
    g_free(disk->format);
    g_free(disk->backend);
    g_free(disk->script);
    g_free(disk);
}

static void fail(Reader *reader, const char *near, const char *message)
{
    reader->has_failed = TRUE;
    g_string_append_printf(reader->report, "%s: config parsing error in disk specification: %s",
                           reader->source, message);
    if (near != NULL)
        g_string_append_printf(reader->report, ": near `%s'", near);
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
    if (reader->disk->format != NULL && strcmp(reader->disk->format, "raw") != 0)
        fail(reader, value, "format respecified");
    else if (reader->disk->format == NULL)
        reader->disk->format = g_strdup("raw");
}

static void set_access(Reader *reader, const char *value)
{
    if (strcmp(value, "r") == 0 || strcmp(value, "ro") == 0)
        reader->disk->is_read_only = TRUE;
    else if (strcmp(value, "rw") == 0 || strcmp(value, "w") == 0 || *value == '\0')
        reader->disk->is_read_only = FALSE;
    else
        fail(reader, value, "unknown value for access");
}

static gboolean take_vdev_and_type(Reader *reader, char *value)
{
    char *colon = strrchr(value, ':');
    if (colon == NULL)
        return FALSE;
    *colon++ = '\0';
    save(reader, &reader->disk->vdev, value, "vdev respecified");
    if (strcmp(colon, "cdrom") == 0)
        reader->disk->is_cdrom = TRUE;
    else if (strcmp(colon, "disk") == 0)
        reader->disk->is_cdrom = FALSE;
    else
        fail(reader, colon, "unknown deprecated type");
    return TRUE;
}

/* FALSE: nothing more is to be read. */
static gboolean take_positional(Reader *reader, char *value)
{
    SimDisk *disk = reader->disk;
    if (reader->has_failed)
        return TRUE;
    if (disk->target == NULL) {
        save(reader, &disk->target, value, "target respecified");
    } else if (!reader->has_prefix && disk->format == NULL) {
        if (*disk->target == '\0' && take_vdev_and_type(reader, value))
            disk->format = g_strdup("empty");
        else
            set_format(reader, value);
    } else if (disk->vdev == NULL) {
        if (!take_vdev_and_type(reader, value))
            save(reader, &disk->vdev, value, "vdev respecified");
    } else if (!reader->has_access) {
        reader->has_access = TRUE;
        set_access(reader, value);
    } else {
        fail(reader, value, "too many positional parameters");
        return FALSE;
    }
    return TRUE;
}

static void take_key(Reader *reader, const char *key, const char *value)
{
    static const char *const backends[] = {"phy", "tap", "qdisk", "standalone", NULL};
    SimDisk *disk = reader->disk;
    if (strcmp(key, "format") == 0)
        set_format(reader, value);
    else if (strcmp(key, "access") == 0)
        set_access(reader, value);
    else if (strcmp(key, "vdev") == 0)
        save(reader, &disk->vdev, value, "vdev respecified");
    else if (strcmp(key, "script") == 0)
        save(reader, &disk->script, value, "script respecified");
    else if (strcmp(key, "backendtype") == 0)
        choose(reader, &disk->backend, value, backends, "backendtype");
}

/* Keys with a value that this simulator has no use for. */
static gboolean is_known_key(const char *key)
{
    static const char *const keys[] = {"format",      "access",      "vdev",        "script",
                                       "backend",     "backendtype", "colo-host",   "colo-port",
                                       "colo-export", "active-disk", "hidden-disk", "specification",
                                       NULL};
    return g_strv_contains(keys, key);
}

/* Words that stand alone. TRUE: FIELD is one. */
static gboolean take_flag(Reader *reader, const char *field)
{
    static const char *const flags[] = {"direct-io-safe", "discard", "no-discard", "colo",
                                        "no-colo",        "trusted", "untrusted",  NULL};
    if (strcmp(field, "cdrom") == 0 || strcmp(field, "devtype=cdrom") == 0)
        reader->disk->is_cdrom = TRUE;
    else if (strcmp(field, "devtype=disk") == 0)
        reader->disk->is_cdrom = FALSE;
    else if (!g_strv_contains(flags, field))
        return FALSE;
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
    if (text[length] != ':')
        return 0;
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
    if (!g_ascii_islower(*text))
        return FALSE;
    gsize length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");
    char after = text[length] == ':' ? text[length + 1] : 'a';
    return !g_ascii_islower(after) && !g_ascii_isdigit(after);
}

static gboolean is_parameter_name(const char *key)
{
    return g_ascii_islower(*key) &&
           key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* Reads the field at *TEXT and steps over it. FALSE: nothing more is to be read. */
static gboolean take_field(Reader *reader, const char **text)
{
    const char *start = *text;
    if (g_str_has_prefix(start, "target=")) {
        gsize length = strlen(start);
        g_autofree char *value = g_strndup(start + 7, length - 7);
        if (length > 7 && value[length - 8] == ',')
            value[length - 8] = '\0';
        save(reader, &reader->disk->target, value, "target respecified");
        *text += length;
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
    *text += length + (has_comma ? 1 : 0);
    if (take_flag(reader, field))
        return TRUE;
    char *equals = strchr(field, '=');
    if (equals == NULL)
        return take_positional(reader, field);
    g_autofree char *key = g_strndup(field, (gsize)(equals - field));
    if (is_known_key(key)) {
        take_key(reader, key, equals + 1);
    } else if (strcmp(key, "devtype") == 0) {
        g_autofree char *whole = g_strconcat(field, has_comma ? "," : "", NULL);
        fail(reader, whole, "unknown value for type");
    } else if (is_parameter_name(key) && equals[1] != '\0') {
        /* xl's rule takes one character of the value, and the comma right after it. */
        gboolean is_short = equals[2] == '\0' && has_comma;
        g_autofree char *whole = g_strdup_printf("%s=%c%s", key, equals[1], is_short ? "," : "");
        fail(reader, whole, "unknown parameter");
    } else {
        fail(reader, start + (equals - field), "bad disk syntax");
        return FALSE;
    }
    return TRUE;
}

SimDisk *sim_disk_parse(const char *source, const char *const *pieces, guint count, GString *report)
{
    g_autoptr(SimDisk) disk = sim_disk_new();
    Reader reader = {.source = source, .report = report, .disk = disk, .text = ""};
    for (guint i = 0; i < count && !reader.has_failed; i++) {
        reader.text = pieces[i];
        const char *next = pieces[i];
        do {
            next += strspn(next, " \t\n");
        } while (*next != '\0' && take_field(&reader, &next));
    }
    if (reader.has_failed)
        return NULL;
    if (disk->format == NULL)
        disk->format = g_strdup("raw");
    gboolean has_target = disk->target != NULL && *disk->target != '\0';
    if (disk->is_cdrom) {
        disk->is_read_only = TRUE;
        if (!has_target) {
            g_free(disk->format);
            disk->format = g_strdup("empty");
        }
    }
    if (disk->vdev == NULL)
        fail(&reader, NULL, "no vdev specified");
    else if (disk->target == NULL && !disk->is_cdrom)
        fail(&reader, NULL, "no target specified (and device not removable)");
    return reader.has_failed ? NULL : g_steal_pointer(&disk);
}

/* "xvdb3" with PREFIX "xvd": disk 1, partition 3. */
static gboolean match_letters(const char *vdev, const char *prefix, int disks_max, int parts_max,
                              int *disk, int *partition)
{
    if (!g_str_has_prefix(vdev, prefix))
        return FALSE;
    const char *p = vdev + strlen(prefix);
    long number = 0;
    const char *letters = p;
    for (; g_ascii_islower(*p) && p - letters < 5; p++)
        number = number * 26 + (*p - 'a') + 1;
    number--;
    if (p == letters || number > disks_max)
        return FALSE;
    *partition = 0;
    if (*p != '\0') {
        char *end = NULL;
        if (!g_ascii_isdigit(*p) || *p == '0')
            return FALSE;
        long part = strtol(p, &end, 10);
        if (*end != '\0' || part > parts_max)
            return FALSE;
        *partition = (int)part;
    }
    *disk = (int)number;
    return TRUE;
}

int sim_disk_number(const char *vdev)
{
    int disk = 0;
    int partition = 0;
    if (match_letters(vdev, "xvd", (1 << 20) - 1, 255, &disk, &partition)) {
        if (disk <= 15 && partition <= 15)
            return (202 << 8) | (disk << 4) | partition;
        return (1 << 28) | (disk << 8) | partition;
    }
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(vdev, &end, 0);
    if (errno == 0 && *end == '\0' && number <= INT_MAX)
        return (int)number;
    if (match_letters(vdev, "hd", 3, 63, &disk, &partition))
        return ((disk < 2 ? 3 : 22) << 8) | ((disk & 1) << 6) | partition;
    if (match_letters(vdev, "sd", 15, 15, &disk, &partition))
        return (8 << 8) | (disk << 4) | partition;
    return -1;
}

char *sim_disk_format(const SimDisk *disk)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "format=%s,vdev=%s,access=%s", disk->format, disk->vdev,
                           disk->is_read_only ? "ro" : "rw");
    if (disk->is_cdrom)
        g_string_append(text, ",devtype=cdrom");
    if (disk->backend != NULL)
        g_string_append_printf(text, ",backendtype=%s", disk->backend);
    if (disk->script != NULL)
        g_string_append_printf(text, ",script=%s", disk->script);
    if (disk->target != NULL)
        g_string_append_printf(text, ",target=%s", disk->target);
    return g_string_free(text, FALSE);
}
