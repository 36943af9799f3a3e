/* Any bytes as a record: refused with a reason, or read; and what was read is written so that it is
 * read as the same. Cut anywhere, it is still read, or refused as it was before. */
#include <stdint.h>
#include <string.h>

#include "reconcile/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_domains(const Record *record)
{
    GHashTableIter iterator;
    gpointer name;
    gpointer value;
    g_hash_table_iter_init(&iterator, record->domains);
    while (g_hash_table_iter_next(&iterator, &name, &value)) {
        const RecordDomain *domain = value;
        g_assert(strcmp(name, domain->name) == 0 && *domain->name != '\0');
        g_assert(strlen(domain->uuid) == UUID_TEXT_SIZE - 1);
        g_assert(domain->attempts->len <= RECORD_ATTEMPTS_MAX);
        g_assert(domain->operation <= OPERATION_MIGRATE);
        const RecordDomain *found = record_find_uuid(record, domain->uuid);
        g_assert(found == NULL || strcmp(found->uuid, domain->uuid) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    gboolean is_cut = FALSE;
    g_autoptr(GError) error = NULL;
    g_autoptr(Record) record = record_parse(text, size, &is_cut, &error);
    g_assert((record == NULL) == (error != NULL));
    if (record == NULL) {
        g_assert(strchr(error->message, '\n') == NULL);
        return 0;
    }
    check_domains(record);
    g_autoptr(GString) once = g_string_new(NULL);
    record_format(record, once);
    g_autoptr(Record) again = record_parse(once->str, once->len, &is_cut, &error);
    g_assert(again != NULL && !is_cut);
    g_autoptr(GString) twice = g_string_new(NULL);
    record_format(again, twice);
    g_assert(strcmp(once->str, twice->str) == 0);
    /* Half of a record that is right is right, too. */
    g_autoptr(Record) half = record_parse(text, size / 2, &is_cut, &error);
    g_assert(half != NULL);
    return 0;
}
