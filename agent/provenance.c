#include "agent/provenance.h"

#include "agent/report.h"

#include <string.h>

#define DIGEST_SHOWN 12 /* digits of it, for people */

/* ---- as JSON ---- */

static json_t *make_signers(const SpecSource *source)
{
    json_t *array = json_array();
    for (guint i = 0; i < source->signers->len; i++) {
        const Signer *signer = g_ptr_array_index(source->signers, i);
        json_array_append_new(array, json_string(signer->key_id));
    }
    return array;
}

static json_t *make_source(const SpecSource *source)
{
    const SpecHeader *header = &source->header;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "source",
                     report_make_text(source->name), "generation",
                     header->has_generation ? json_integer(header->generation) : json_null(),
                     "digest", report_make_text(source->digest), "signers", make_signers(source),
                     "commit", report_make_text(source->commit), "fetched",
                     source->fetched != 0 ? json_integer(source->fetched) : json_null(), "copy",
                     (int)source->is_copy, "trouble", report_make_text(source->trouble), "expired",
                     report_make_text(source->expired), "keys_since",
                     source->has_own_signers ? json_integer(source->signers_since) : json_null());
}

json_t *provenance_make(const Cycle *cycle)
{
    json_t *array = json_array();
    for (guint i = 0; i < cycle->sources->len; i++) {
        json_array_append_new(array, make_source(g_ptr_array_index(cycle->sources, i)));
    }
    return array;
}

/* ---- for people ---- */

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void format_signers(const json_t *source, GString *out)
{
    size_t index;
    json_t *signer;
    json_array_foreach(json_object_get(source, "signers"), index, signer)
    {
        g_string_append_printf(out, "%s%s", index == 0 ? " · signed by " : ", ",
                               json_string_value(signer));
    }
}

/* What is wrong, up to the first colon: the warnings of the run tell the rest. */
static char *shorten(const char *trouble)
{
    const char *colon = strstr(trouble, ": ");
    return colon != NULL ? g_strndup(trouble, (gsize)(colon - trouble)) : g_strdup(trouble);
}

static void format_copy(const json_t *source, gboolean is_full, GString *out)
{
    const char *trouble = text_of(source, "trouble");
    g_autofree char *time =
        cycle_describe_time(json_integer_value(json_object_get(source, "fetched")));
    g_autofree char *shown = trouble == NULL ? g_strdup("does not answer")
                             : is_full       ? g_strdup(trouble)
                                             : shorten(trouble);
    g_string_append_printf(out, " · a COPY, fetched %s: the source %s", time, shown);
}

static void format_source(const json_t *source, gboolean is_full, GString *out)
{
    const json_t *generation = json_object_get(source, "generation");
    const json_t *since = json_object_get(source, "keys_since");
    const char *name = text_of(source, "source");
    const char *digest = text_of(source, "digest");
    const char *commit = text_of(source, "commit");
    const char *expired = text_of(source, "expired");
    g_string_append_printf(out, "from %s", name != NULL ? name : "?");
    if (json_is_integer(generation)) {
        g_string_append_printf(out, " · generation %" G_GINT64_FORMAT,
                               (gint64)json_integer_value(generation));
    }
    if (commit != NULL) {
        g_string_append_printf(out, " · commit %.*s", DIGEST_SHOWN, commit);
    }
    if (digest != NULL) {
        g_string_append_printf(out, " · digest %.*s", DIGEST_SHOWN, digest);
    }
    format_signers(source, out);
    if (json_is_integer(since)) {
        g_string_append_printf(out, " · by keys that generation %" G_GINT64_FORMAT " named",
                               (gint64)json_integer_value(since));
    }
    if (expired != NULL) {
        g_string_append_printf(out, " · EXPIRED %s", expired);
    }
    if (json_is_true(json_object_get(source, "copy"))) {
        format_copy(source, is_full, out);
    }
    g_string_append_c(out, '\n');
}

static gboolean is_plain(const json_t *source)
{
    return json_array_size(json_object_get(source, "signers")) == 0 &&
           json_is_null(json_object_get(source, "fetched"));
}

void provenance_format(const json_t *sources, gboolean is_full, GString *out)
{
    size_t index;
    json_t *source;
    gboolean is_one = json_array_size(sources) == 1;
    json_array_foreach(sources, index, source)
    {
        if (!is_one || !is_plain(source)) {
            format_source(source, is_full, out);
        }
    }
}

/* ---- in config files ---- */

/* The address or the path, without the kind. */
static const char *find_place(const SpecSource *source)
{
    const char *place = strchr(source->name, ' ');
    return place != NULL ? place + 1 : source->name;
}

char *provenance_describe(const Spec *spec, const SpecSource *source)
{
    const SpecHeader *header = &source->header;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "fleet %s", spec->fleet);
    if (header->has_generation) {
        g_string_append_printf(text, ", generation %" G_GINT64_FORMAT, header->generation);
    }
    if (source->commit != NULL) {
        g_string_append_printf(text, ", commit %s", source->commit);
    }
    for (guint i = 0; i < source->signers->len; i++) {
        const Signer *signer = g_ptr_array_index(source->signers, i);
        g_string_append_printf(text, "%s%s", i == 0 ? ", signed by " : " ", signer->key_id);
    }
    if (source->is_signed || spec_source_is_remote(source)) {
        g_string_append_printf(text, ", %s", find_place(source));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}
