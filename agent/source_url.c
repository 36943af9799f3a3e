#include "agent/source_url.h"

#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/fetch.h"
#include "agent/source_bundle_signed.h"
#include "agent/trust.h"

#include <string.h>

/* One try to get all of a source. */
typedef struct {
    Cycle *cycle;
    const SpecSource *source;
    const SourceBundle *kept; /* NULL: nothing may be left out because it is here already */
    char *folder;             /* the address up to its last slash */
    char *first;              /* the file that is signed: "lab.yaml", MANIFEST_NAME */
    gint64 deadline_us;       /* of the whole source: of both tries, and all that each asks for */
    SourceBundle *came;
    gboolean is_same; /* all that came is what is kept */
    char *why;
} Try;

static void try_clear(Try *try)
{
    g_free(try->folder);
    g_free(try->first);
    source_bundle_free(try->came);
    g_free(try->why);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Try, try_clear)

static Try try_begin(Cycle *cycle, const SpecSource *source, const SourceBundle *kept,
                     gint64 deadline_us)
{
    const char *url = settings_own_text(source->settings, SOURCE_KEY_url);
    const char *name = strrchr(url, '/') + 1;
    return (Try){
        .cycle = cycle,
        .source = source,
        .kept = kept,
        .deadline_us = deadline_us,
        .folder = g_strndup(url, (gsize)(name - url)),
        .first = g_strdup(*name != '\0' ? name : MANIFEST_NAME),
        .came = source_bundle_new(source->name, g_get_real_time() / G_USEC_PER_SEC),
    };
}

static gboolean is_folder(const Try *try)
{
    return strcmp(try->first, MANIFEST_NAME) == 0;
}

/* ---- fetching ---- */

/* NULL, and try->why, where nothing could be asked. */
static GPtrArray *fetch_items(Try *try, const FetchItem *items, guint count, gsize bytes_max)
{
    g_autoptr(GError) error = NULL;
    const Settings *settings = try->source->settings;
    gint64 left_us = try->deadline_us - g_get_monotonic_time();
    const FetchRequest request = {
        .ca_file = settings_own_text(settings, SOURCE_KEY_ca_file),
        .client_certificate = settings_own_text(settings, SOURCE_KEY_client_certificate),
        .client_key = settings_own_text(settings, SOURCE_KEY_client_key),
        .pin = settings_own_text(settings, SOURCE_KEY_pin),
        .proxy = settings_own_text(settings, SOURCE_KEY_proxy),
        .timeout_s = (guint)MAX(1, (left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC),
        .bytes_max = bytes_max,
        .items = items,
        .count = count};
    GPtrArray *replies = fetch_run(&request, &error);
    if (replies == NULL) {
        try->why = cycle_note_unasked(try->cycle, error);
    } else {
        const FetchReply *first = g_ptr_array_index(replies, 0);
        cycle_note_confinement(try->cycle, &first->gaps);
    }
    return replies;
}

/* Can the reply to ITEM be taken? Else try->why says why not. Whoever answers otherwise than may be
 * is not to be believed: what fetches talks to anybody, and may lie. */
static gboolean check_reply(Try *try, const FetchItem *item, const FetchReply *reply,
                            const char *name)
{
    gboolean is_here = try->kept != NULL && source_bundle_find(try->kept, name) != NULL;
    gboolean is_conditional = item->etag != NULL || item->last_modified != NULL;
    gboolean is_good = reply->outcome == FETCH_DONE ||
                       (reply->outcome == FETCH_ABSENT && item->is_optional) ||
                       (reply->outcome == FETCH_NOT_MODIFIED && is_here && is_conditional);
    if (!is_good) {
        try->why = fetch_reply_describe(reply, name);
    }
    return is_good;
}

/* The names of what is signed and of its signatures, in the order in which they are asked for. */
static GPtrArray *list_signed_names(const Try *try)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const Keyring *keyring = try->cycle->keyring;
    g_ptr_array_add(names, g_strdup(try->first));
    g_ptr_array_add(names, trust_signature_path(try->first, NULL));
    for (guint i = 0; keyring != NULL && i < keyring_count(keyring); i++) {
        char id[KEY_ID_TEXT_SIZE];
        keyring_show_id(keyring, i, id);
        g_ptr_array_add(names, trust_signature_path(try->first, id));
    }
    return names;
}

/* IS_LISTED: what a manifest lists may have any name; what agent.yaml says is an address already.
 */
static GPtrArray *list_urls(const Try *try, const GPtrArray *names, gboolean is_listed)
{
    GPtrArray *urls = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *escaped =
            is_listed ? g_uri_escape_string(name, NULL, FALSE) : g_strdup(name);
        g_ptr_array_add(urls, g_strconcat(try->folder, escaped, NULL));
    }
    return urls;
}

/* Puts what came of ITEMS into the bundle. REPLIES NULL: nothing did. */
static gboolean take_replies(Try *try, const GPtrArray *names, const FetchItem *items,
                             const GPtrArray *replies)
{
    for (guint i = 0; replies != NULL && i < names->len; i++) {
        const FetchReply *reply = g_ptr_array_index(replies, i);
        const char *name = g_ptr_array_index(names, i);
        if (!check_reply(try, &items[i], reply, name)) {
            return FALSE;
        }
        GBytes *bytes = reply->outcome == FETCH_NOT_MODIFIED ? source_bundle_find(try->kept, name)
                                                             : reply->body;
        if (bytes != NULL) {
            source_bundle_add(try->came, name, bytes);
        }
    }
    return replies != NULL;
}

/* By what to ask the next time. */
static void take_mark(Try *try, const FetchReply *first)
{
    gboolean is_kept = first->outcome == FETCH_NOT_MODIFIED;
    try->came->etag = g_strdup(is_kept ? try->kept->etag : first->etag);
    try->came->last_modified = g_strdup(is_kept ? try->kept->last_modified : first->last_modified);
}

/* What is signed, and what is beside it as its signatures. These are asked for also where the first
 * was not modified: a server may say so wrongly (nginx knows a file by its second and its size),
 * and the signature tells. */
static gboolean fetch_signed(Try *try)
{
    g_autoptr(GPtrArray) names = list_signed_names(try);
    g_autoptr(GPtrArray) urls = list_urls(try, names, FALSE);
    g_autofree FetchItem *items = g_new0(FetchItem, names->len);
    gsize first_max = is_folder(try) ? MANIFEST_BYTES_MAX : YAML_BYTES_MAX;
    for (guint i = 0; i < names->len; i++) {
        items[i] = (FetchItem){.url = g_ptr_array_index(urls, i),
                               .bytes_max = SIGNATURE_FILE_BYTES_MAX,
                               .is_optional = TRUE};
    }
    items[0].bytes_max = first_max;
    items[0].is_optional = FALSE;
    if (try->kept != NULL) {
        items[0].etag = try->kept->etag;
        items[0].last_modified = try->kept->last_modified;
    }
    gsize bytes_max = first_max + (names->len - 1) * SIGNATURE_FILE_BYTES_MAX;
    g_autoptr(GPtrArray) replies = fetch_items(try, items, names->len, bytes_max);
    if (!take_replies(try, names, items, replies)) {
        return FALSE;
    }
    take_mark(try, g_ptr_array_index(replies, 0));
    return TRUE;
}

/* Files that the manifest lists. */
static gboolean fetch_listed(Try *try, const GPtrArray *names)
{
    g_autoptr(GPtrArray) urls = list_urls(try, names, TRUE);
    g_autofree FetchItem *items = g_new0(FetchItem, names->len);
    for (guint i = 0; i < names->len; i++) {
        items[i] = (FetchItem){.url = g_ptr_array_index(urls, i), .bytes_max = YAML_BYTES_MAX};
    }
    if (names->len == 0) {
        return TRUE;
    }
    g_autoptr(GPtrArray) replies = fetch_items(try, items, names->len, SPEC_SOURCE_BYTES_MAX);
    return take_replies(try, names, items, replies);
}

/* ---- does it fit together? ---- */

/* Is what is signed, with all of its signatures, what is kept? A signature that is not there any
 * more makes it another thing, which has to stand by itself. */
static gboolean is_kept_first(const Try *try)
{
    g_autoptr(GPtrArray) names = list_signed_names(try);
    for (guint i = 0; try->kept != NULL && i < names->len; i++) {
        GBytes *came = source_bundle_find(try->came, g_ptr_array_index(names, i));
        GBytes *kept = source_bundle_find(try->kept, g_ptr_array_index(names, i));
        if ((came == NULL) != (kept == NULL) || (came != NULL && !g_bytes_equal(came, kept))) {
            return FALSE;
        }
    }
    return try->kept != NULL;
}

static gboolean is_as_listed(const SourceBundle *bundle, const Manifest *manifest, const char *name)
{
    GBytes *bytes = source_bundle_find(bundle, name);
    gsize length = 0;
    const char *data = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    MessageDigest digest;
    message_digest_of(data, length, &digest);
    return bytes != NULL && manifest_check(manifest, name, &digest, NULL);
}

/* Takes over what is kept of the files that the manifest lists. The rest, which is to be fetched,
 * is what is left of NAMES. */
static void take_kept(Try *try, GPtrArray *names)
{
    gsize length = 0;
    const SourceFile *first = g_ptr_array_index(try->came->files, 0);
    const char *text = g_bytes_get_data(first->bytes, &length);
    g_autoptr(Manifest) manifest = manifest_parse(text, length, NULL);
    for (guint i = 0; manifest != NULL && try->kept != NULL && i < names->len;) {
        const char *name = g_ptr_array_index(names, i);
        if (is_as_listed(try->kept, manifest, name)) {
            source_bundle_add(try->came, name, source_bundle_find(try->kept, name));
            g_ptr_array_remove_index(names, i);
        } else {
            i++;
        }
    }
}

static gboolean fits(const Try *try)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func((GDestroyNotify)trusted_text_free);
    return source_url_verify(try->cycle, try->source, try->came, texts, NULL);
}

/* Does the server call it as before, too? */
static gboolean is_called_same(const Try *try)
{
    return g_strcmp0(try->came->etag, try->kept->etag) == 0 &&
           g_strcmp0(try->came->last_modified, try->kept->last_modified) == 0;
}

/* The rest of what is kept, which nobody asked for since the manifest is the same. */
static void take_rest(Try *try)
{
    for (guint i = 0; i < try->kept->files->len; i++) {
        const SourceFile *file = g_ptr_array_index(try->kept->files, i);
        if (source_bundle_find(try->came, file->name) == NULL) {
            source_bundle_add(try->came, file->name, file->bytes);
        }
    }
}

/* Gets all. FALSE: try->why says why not. *is_whole: what came fits together, or is what is kept.
 */
static gboolean try_all(Try *try, gboolean *is_whole)
{
    *is_whole = FALSE;
    if (!fetch_signed(try)) {
        return FALSE;
    }
    try->is_same = is_kept_first(try);
    if (!try->is_same && is_folder(try)) {
        g_autoptr(GPtrArray) names =
            source_bundle_list_signed(try->came, try->folder, try->cycle->keyring, NULL);
        if (names == NULL) {
            return TRUE;
        }
        take_kept(try, names);
        if (!fetch_listed(try, names)) {
            return FALSE;
        }
    }
    *is_whole = try->is_same || fits(try);
    return TRUE;
}

SourceAnswer source_url_fetch(Cycle *cycle, const SpecSource *source, const SourceBundle *kept,
                              SourceBundle **out, char **why)
{
    const Value *timeout = settings_get(source->settings, SOURCE_KEY_timeout);
    gint64 deadline_us = g_get_monotonic_time() + timeout->integer * G_USEC_PER_SEC;
    gboolean is_whole = FALSE;
    g_auto(Try) first = try_begin(cycle, source, kept, deadline_us);
    g_auto(Try) second = try_begin(cycle, source, NULL, deadline_us);
    Try *last = &first;
    gboolean is_answer = try_all(&first, &is_whole);
    if (is_answer && !is_whole) {
        last = &second;
        is_answer = try_all(&second, &is_whole);
    }
    if (!is_answer) {
        *why = g_steal_pointer(&last->why);
        return SOURCE_ANSWER_NONE;
    }
    if (last->is_same && is_called_same(last)) {
        return SOURCE_ANSWER_SAME;
    }
    if (last->is_same) {
        take_rest(last);
    }
    *out = g_steal_pointer(&last->came);
    return SOURCE_ANSWER_NEW;
}

gboolean source_url_verify(Cycle *cycle, const SpecSource *source, const SourceBundle *bundle,
                           GPtrArray *texts, GError **error)
{
    g_auto(Try) place = try_begin(cycle, source, NULL, 0);
    return source_bundle_read_signed(bundle, place.folder, cycle->keyring, texts, error);
}
