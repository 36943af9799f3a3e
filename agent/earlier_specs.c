#include "agent/earlier_specs.h"

#include "agent/report.h"
#include "agent/source_cache.h"
#include "agent/time_text.h"

static json_t *make_generation(const SourceBundle *bundle)
{
    gint64 number = 0;
    return bundle->generation != NULL &&
                   g_ascii_string_to_signed(bundle->generation, 10, 0, G_MAXINT64, &number, NULL)
               ? json_integer(number)
               : json_null();
}

static void add_of_source(const Cycle *cycle, const SpecSource *source, json_t *array)
{
    for (guint number = 1; number <= SOURCE_CACHE_BEFORE; number++) {
        g_autofree char *path = NULL;
        g_autoptr(SourceBundle) bundle =
            source_cache_read_before(cycle->state_dir, source->name, number, &path);
        if (bundle != NULL) {
            json_array_append_new(array, json_pack("{s:o, s:o, s:I, s:o, s:o}", "source",
                                                   report_make_text(source->name), "generation",
                                                   make_generation(bundle), "fetched",
                                                   (json_int_t)bundle->fetched, "commit",
                                                   report_make_text(bundle->commit), "file",
                                                   report_make_text(path)));
        }
    }
}

json_t *earlier_specs_make(const Cycle *cycle)
{
    json_t *array = json_array();
    for (guint i = 0; i < cycle->sources->len; i++) {
        const SpecSource *source = g_ptr_array_index(cycle->sources, i);
        if (spec_source_is_remote(source)) {
            add_of_source(cycle, source, array);
        }
    }
    return array;
}

void earlier_specs_format(const json_t *earlier, GString *out)
{
    size_t index;
    const json_t *one;
    json_array_foreach(earlier, index, one)
    {
        const json_t *commit = json_object_get(one, "commit");
        g_autofree char *time =
            time_text_point(json_integer_value(json_object_get(one, "fetched")));
        const json_t *generation = json_object_get(one, "generation");
        g_string_append_printf(out, "%s  fetched %s from %s",
                               index == 0 ? "\nearlier specs:\n" : "", time,
                               json_string_value(json_object_get(one, "source")));
        if (json_is_integer(generation)) {
            g_string_append_printf(out, " · generation %" G_GINT64_FORMAT,
                                   (gint64)json_integer_value(generation));
        }
        if (json_is_string(commit)) {
            g_string_append_printf(out, " · commit %.12s", json_string_value(commit));
        }
        g_string_append_printf(out, " · %s\n", json_string_value(json_object_get(one, "file")));
    }
}
