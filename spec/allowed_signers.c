#include "spec/allowed_signers.h"

#include "spec/signature_parts.h"

#include <string.h>

typedef struct {
    char *principals;
    SshKey key;
    gboolean is_for_git;
    gint64 valid_after, valid_before; /* seconds since 1970, both within; 0: no such limit */
} AllowedSigner;

struct AllowedSigners {
    GPtrArray *lines; /* of AllowedSigner */
};

static void allowed_signer_free(gpointer data)
{
    AllowedSigner *signer = data;
    g_free(signer->principals);
    g_free(signer);
}

void allowed_signers_free(AllowedSigners *signers)
{
    if (signers == NULL) {
        return;
    }
    g_ptr_array_unref(signers->lines);
    g_free(signers);
}

guint allowed_signers_count(const AllowedSigners *signers)
{
    return signers->lines->len;
}

/* ---- times ---- */

/* COUNT digits as a number; -1 where they are not. */
static int read_digits(const char *text, guint count)
{
    int number = 0;
    for (guint i = 0; i < count; i++) {
        if (!g_ascii_isdigit(text[i])) {
            return -1;
        }
        number = 10 * number + g_ascii_digit_value(text[i]);
    }
    return number;
}

/* YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ; 0 where it is not. */
static gint64 read_time(const char *text)
{
    gsize length = strlen(text);
    if ((length != 9 && length != 13 && length != 15) || text[length - 1] != 'Z') {
        return 0;
    }
    int hour = length > 9 ? read_digits(text + 8, 2) : 0;
    int minute = length > 9 ? read_digits(text + 10, 2) : 0;
    int second = length > 13 ? read_digits(text + 12, 2) : 0;
    int year = read_digits(text, 4);
    int month = read_digits(text + 4, 2);
    int day = read_digits(text + 6, 2);
    if (year < 1971 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) {
        return 0;
    }
    g_autoptr(GDateTime) time = g_date_time_new_utc(year, month, day, hour, minute, second);
    return time != NULL ? g_date_time_to_unix(time) : 0;
}

static gboolean take_time(const SignatureReader *reader, const char *name, const char *value,
                          gint64 *out, GError **error)
{
    if (*out != 0) {
        return signature_refuse(reader, error, "expected '%s' once, found it twice", name);
    }
    *out = read_time(value);
    return *out != 0 ||
           signature_refuse(reader, error,
                            "expected '%s' as YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ "
                            "(in UTC, which the Z says), found '%s'",
                            name, value);
}

/* ---- options ---- */

/* Names, or "*" for all of them: other patterns are not read. */
static gboolean take_namespaces(const SignatureReader *reader, const char *value,
                                AllowedSigner *signer, GError **error)
{
    g_auto(GStrv) names = g_strsplit(value, ",", -1);
    signer->is_for_git = FALSE;
    for (char **name = names; *name != NULL; name++) {
        if (strcmp(*name, "*") != 0 && (**name == '\0' || strpbrk(*name, "*?!") != NULL)) {
            return signature_refuse(reader, error,
                                    "expected names or '*' as 'namespaces', found '%s'", *name);
        }
        signer->is_for_git |=
            strcmp(*name, "*") == 0 || strcmp(*name, SSH_SIGNATURE_NAMESPACE) == 0;
    }
    return names[0] != NULL ||
           signature_refuse(reader, error, "expected names as 'namespaces', found none");
}

static gboolean take_option(const SignatureReader *reader, const char *name, const char *value,
                            AllowedSigner *signer, gboolean *has_namespaces, GError **error)
{
    if (g_ascii_strcasecmp(name, "valid-after") == 0 && value != NULL) {
        return take_time(reader, "valid-after", value, &signer->valid_after, error);
    }
    if (g_ascii_strcasecmp(name, "valid-before") == 0 && value != NULL) {
        return take_time(reader, "valid-before", value, &signer->valid_before, error);
    }
    if (g_ascii_strcasecmp(name, "namespaces") == 0 && value != NULL) {
        if (*has_namespaces) {
            return signature_refuse(reader, error, "expected 'namespaces' once, found it twice");
        }
        *has_namespaces = TRUE;
        return take_namespaces(reader, value, signer, error);
    }
    return signature_refuse(reader, error,
                            "expected '" SSH_KEY_TYPE "' or the options namespaces=\"...\", "
                            "valid-after=\"...\" and valid-before=\"...\", found '%s'",
                            name);
}

/* The options, with commas between them; a value is in quotes. */
static gboolean read_options(const SignatureReader *reader, const char *text, AllowedSigner *signer,
                             GError **error)
{
    gboolean has_namespaces = FALSE;
    while (TRUE) {
        gsize name_length = strcspn(text, "=,\"");
        g_autofree char *name = g_strndup(text, name_length);
        g_autofree char *value = NULL;
        text += name_length;
        if (g_str_has_prefix(text, "=\"")) {
            const char *end = strchr(text + 2, '"');
            if (end == NULL) {
                return signature_refuse(reader, error, "expected a quote that ends");
            }
            value = g_strndup(text + 2, (gsize)(end - text - 2));
            text = end + 1;
        }
        if (!take_option(reader, name, value, signer, &has_namespaces, error)) {
            return FALSE;
        }
        if (*text == '\0') {
            break;
        }
        if (*text != ',') {
            return signature_refuse(reader, error, "expected a comma between options");
        }
        text++;
    }
    return signer->valid_before == 0 || signer->valid_after < signer->valid_before ||
           signature_refuse(reader, error, "expected 'valid-after' to be before 'valid-before'");
}

/* ---- lines ---- */

/* The next word of a line, which blanks end that are not in quotes; NULL: there is none. To be
 * freed. */
static char *take_word(const char **at)
{
    const char *begin = *at + strspn(*at, " \t");
    const char *end = begin;
    gboolean is_quoted = FALSE;
    while (*end != '\0' && (is_quoted || (*end != ' ' && *end != '\t'))) {
        is_quoted ^= *end == '"';
        end++;
    }
    *at = end;
    return end > begin ? g_strndup(begin, (gsize)(end - begin)) : NULL;
}

static gboolean check_characters(const SignatureReader *reader, const char *line, gsize length,
                                 GError **error)
{
    if (!g_utf8_validate(line, (gssize)length, NULL)) {
        return signature_refuse(reader, error, "expected UTF-8");
    }
    for (const char *c = line; c < line + length; c = g_utf8_next_char(c)) {
        if (*c != '\t' && g_unichar_iscntrl(g_utf8_get_char(c))) {
            return signature_refuse(reader, error, "expected text, found a control character");
        }
    }
    return TRUE;
}

static gboolean read_signer(const SignatureReader *reader, const char *line, AllowedSigner *signer,
                            GError **error)
{
    signer->principals = take_word(&line);
    if (strchr(signer->principals, '"') != NULL) {
        return signature_refuse(reader, error, "expected principals without quotes");
    }
    if (strchr(signer->principals, '!') != NULL) {
        return signature_refuse(reader, error,
                                "expected principals without '!' (whose key stands here may sign, "
                                "and nobody else), found '%s'",
                                signer->principals);
    }
    g_autofree char *options = take_word(&line);
    g_autofree char *type = NULL;
    if (options != NULL && strcmp(options, SSH_KEY_TYPE) == 0) {
        type = g_steal_pointer(&options);
    } else {
        type = take_word(&line);
    }
    signer->is_for_git = TRUE;
    if (options != NULL && !read_options(reader, options, signer, error)) {
        return FALSE;
    }
    g_autofree char *key = take_word(&line);
    if (type == NULL || key == NULL || strcmp(type, SSH_KEY_TYPE) != 0) {
        return signature_refuse(reader, error,
                                "expected principals, options or none, '" SSH_KEY_TYPE
                                "' and a key, found %s%s%s",
                                type != NULL ? "'" : "the end of the line",
                                type != NULL ? type : "", type != NULL ? "'" : "");
    }
    return ssh_key_parse(key, strlen(key), reader->line, &signer->key, error);
}

/* A line with nothing but blanks, or a comment, says nothing. */
static gboolean read_line(const SignatureReader *reader, const char *line, gsize length,
                          AllowedSigners *signers, GError **error)
{
    if (!check_characters(reader, line, length, error)) {
        return FALSE;
    }
    g_autofree char *copy = g_strndup(line, length);
    const char *begin = copy + strspn(copy, " \t");
    if (*begin == '\0' || *begin == '#') {
        return TRUE;
    }
    if (signers->lines->len == ALLOWED_SIGNERS_MAX) {
        return signature_refuse(reader, error, "expected at most %u signers", ALLOWED_SIGNERS_MAX);
    }
    AllowedSigner *signer = g_new0(AllowedSigner, 1);
    g_ptr_array_add(signers->lines, signer);
    return read_signer(reader, begin, signer, error);
}

AllowedSigners *allowed_signers_parse(const char *text, gsize length, GError **error)
{
    SignatureReader reader = {text, text + length, 0};
    if (length > ALLOWED_SIGNERS_BYTES_MAX) {
        signature_refuse(&reader, error, "expected at most %u bytes, found %" G_GSIZE_FORMAT,
                         ALLOWED_SIGNERS_BYTES_MAX, length);
        return NULL;
    }
    g_autoptr(AllowedSigners) signers = g_new0(AllowedSigners, 1);
    signers->lines = g_ptr_array_new_with_free_func(allowed_signer_free);
    while (reader.at < reader.end) {
        const char *line;
        gsize line_length;
        if (!signature_read_line(&reader, &line, &line_length, error) ||
            !read_line(&reader, line, line_length, signers, error)) {
            return NULL;
        }
    }
    if (signers->lines->len == 0) {
        g_set_error_literal(error, SIGNATURE_ERROR, SIGNATURE_ERROR_KEY,
                            "expected one signer at least, found none");
        return NULL;
    }
    return g_steal_pointer(&signers);
}

/* ---- finding ---- */

/* Why a line of the key does not count, or NULL. */
static const char *find_obstacle(const AllowedSigner *signer, gint64 time)
{
    if (!signer->is_for_git) {
        return "may sign, but not in the namespace 'git'";
    }
    if (signer->valid_after != 0 && time < signer->valid_after) {
        return "may not sign yet (valid-after)";
    }
    if (signer->valid_before != 0 && time > signer->valid_before) {
        return "may not sign any more (valid-before)";
    }
    return NULL;
}

const char *allowed_signers_find(const AllowedSigners *signers, const SshKey *key, gint64 time,
                                 GError **error)
{
    const char *obstacle = "is of nobody who may sign";
    for (guint i = 0; i < signers->lines->len; i++) {
        const AllowedSigner *signer = g_ptr_array_index(signers->lines, i);
        if (!ssh_key_equal(&signer->key, key)) {
            continue;
        }
        obstacle = find_obstacle(signer, time);
        if (obstacle == NULL) {
            return signer->principals;
        }
    }
    g_autofree char *shown = ssh_key_fingerprint(key);
    g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED, "its key %s %s", shown, obstacle);
    return NULL;
}
