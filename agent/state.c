#include "agent/state.h"

#include "xenbackend/file.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAST_RUN_BYTES_MAX (256u * 1024 * 1024)
/* Blocks that no longer hold may make the record longer by this share. */
#define TIDY_SHARE 2

struct State {
    char *folder;
    char *record_path;
    char *lock_path;
    char *last_run_path;
    int lock;
    gboolean has_record; /* a whole one is on disk, and blocks can be appended */
    gboolean is_appended;
    gsize record_bytes; /* on disk, with the blocks that no longer hold */
};

State *state_new(const char *folder)
{
    State *state = g_new0(State, 1);
    state->folder = g_strdup(folder);
    state->record_path = g_build_filename(folder, "record", NULL);
    state->lock_path = g_build_filename(folder, "lock", NULL);
    state->last_run_path = g_build_filename(folder, "last-run.json", NULL);
    state->lock = -1;
    return state;
}

void state_free(State *state)
{
    if (state == NULL) {
        return;
    }
    if (state->lock >= 0) {
        close(state->lock);
    }
    g_free(state->folder);
    g_free(state->record_path);
    g_free(state->lock_path);
    g_free(state->last_run_path);
    g_free(state);
}

/* What is recorded decides what is started and stopped. */
static gboolean is_ours_alone(const char *folder, GError **error)
{
    struct stat status;
    gboolean is_good = stat(folder, &status) == 0 &&
                       (status.st_uid == 0 || status.st_uid == geteuid()) &&
                       (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    if (!is_good) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                    "%s: expected a folder that only root and the user who runs xensure can write",
                    folder);
    }
    return is_good;
}

gboolean state_lock(State *state, GError **error)
{
    if (!file_make_folder(state->folder, STATE_DIR_MODE, error) ||
        !is_ours_alone(state->folder, error)) {
        return FALSE;
    }
    state->lock = file_lock(state->lock_path, error);
    if (state->lock < 0) {
        return FALSE;
    }
    file_remove_leftovers(state->folder);
    return TRUE;
}

void state_unlock(State *state)
{
    if (state->lock >= 0) {
        close(state->lock);
        state->lock = -1;
    }
}

Record *state_read_record(State *state, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) bytes = file_read_if_there(state->record_path, RECORD_BYTES_MAX, &failure);
    if (bytes == NULL && failure == NULL) {
        return record_new();
    }
    if (bytes == NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    gboolean is_cut = FALSE;
    /* We never write an empty one: it has lost what it held. */
    Record *record = length > 0 ? record_parse(text, length, &is_cut, &failure) : NULL;
    if (record == NULL) {
        g_set_error(
            error, RECORD_ERROR, RECORD_ERROR_FORMAT,
            "%s: %s (put a good copy back; or remove it, and xensure knows again what runs by "
            "its uuid, but not what was protected or claimed)",
            state->record_path, failure != NULL ? failure->message : "the record is empty");
        return NULL;
    }
    state->has_record = length > 0 && !is_cut;
    state->record_bytes = length;
    return record;
}

gboolean state_tidy_record(State *state, const Record *record, gboolean is_changed, GError **error)
{
    if (state->has_record && !is_changed && !state->is_appended) {
        return TRUE;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    record_format(record, text);
    /* What was appended is on the disk. It is cheaper to read a long log than to write it anew. */
    if (state->has_record && !is_changed &&
        state->record_bytes <= text->len + text->len / TIDY_SHARE) {
        return TRUE;
    }
    if (!file_replace(state->record_path, text->str, text->len, 0600, error)) {
        return FALSE;
    }
    state->has_record = TRUE;
    state->is_appended = FALSE;
    state->record_bytes = text->len;
    return TRUE;
}

gboolean state_append(State *state, const char *name, const RecordDomain *domain, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (domain != NULL) {
        record_format_domain(domain, text);
    } else {
        record_format_forgotten(name, text);
    }
    state->is_appended = TRUE;
    state->record_bytes += text->len;
    if (file_append(state->record_path, text->str, text->len, 0600, error)) {
        return TRUE;
    }
    /* What is there of it now is not known. */
    state->has_record = FALSE;
    return FALSE;
}

gboolean state_write_last_run(State *state, const char *json, GError **error)
{
    return file_replace(state->last_run_path, json, strlen(json), 0600, error);
}

char *state_read_last_run(State *state, GError **error)
{
    g_autoptr(GBytes) bytes = file_read_if_there(state->last_run_path, LAST_RUN_BYTES_MAX, error);
    if (bytes == NULL) {
        return NULL;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    return g_strndup(text != NULL ? text : "", length);
}
