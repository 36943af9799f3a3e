/* The config file of a domain as it is against what it is to be, as diff(1) shows it. */
#include "xenbackend/command.h"
#include "xenbackend/file.h"
#include "xenbackend/xen_config.h"
#include "xenbackend/xen_host_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CONFIG_BYTES_MAX (1024u * 1024)
#define DIFF_BYTES_MAX   (4u * 1024 * 1024)
#define DIFF_TIMEOUT_MS  20000

/* A file in memory that holds a text; diff reads it through /proc. -1 and an error. */
static int hold_text(const char *text, gsize length, GError **error)
{
    int descriptor = memfd_create("config", MFD_CLOEXEC);
    gsize written = 0;
    while (descriptor >= 0 && written < length) {
        ssize_t got = write(descriptor, text + written, length - written);
        if (got < 0 && errno != EINTR) {
            close(descriptor);
            descriptor = -1;
        } else if (got > 0) {
            written += (gsize)got;
        }
    }
    if (descriptor < 0) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "memfd: %s",
                    g_strerror(errno));
    }
    return descriptor;
}

static char *run_diff(int old, int new, const char *old_label, const char *new_label,
                      GError **error)
{
    g_autofree char *program = command_find_program("diff");
    if (program == NULL) {
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_CONFIG, "there is no diff on PATH");
        return NULL;
    }
    g_autofree char *old_path = g_strdup_printf("/proc/%d/fd/%d", (int)getpid(), old);
    g_autofree char *new_path = g_strdup_printf("/proc/%d/fd/%d", (int)getpid(), new);
    const char *argv[] = {program,   "-u",     "--label", old_label, "--label",
                          new_label, old_path, new_path,  NULL};
    CommandRequest request = {
        .argv = argv, .timeout_ms = DIFF_TIMEOUT_MS, .output_limit = DIFF_BYTES_MAX};
    g_autoptr(CommandResult) result = command_run(&request, error);
    if (result == NULL) {
        return NULL;
    }
    /* 0: no difference; 1: some; more: trouble. */
    if (result->end != COMMAND_EXITED || result->status > 1 || result->is_output_over_limit) {
        g_autofree char *what = command_result_describe(result);
        g_set_error(error, XEN_HOST_ERROR, XEN_HOST_ERROR_CONFIG, "diff %s", what);
        return NULL;
    }
    return g_strdup(result->output);
}

char *xen_host_diff_config(XenHost *host, const ConfigFile *file, GError **error)
{
    g_autofree char *path = xen_host_config_path(host, file->name);
    g_autoptr(GString) wanted = g_string_new(NULL);
    if (file->domain != NULL &&
        !xen_config_write(host->toolstack->dialect, file->domain, file->uuid, wanted, error)) {
        return NULL;
    }
    g_autoptr(GError) failure = NULL;
    g_autoptr(GBytes) bytes = file_read(path, CONFIG_BYTES_MAX, &failure);
    gboolean is_missing = g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    if (bytes == NULL && !is_missing) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    const char *body = text != NULL ? xen_config_skip_comment(text, &length) : "";
    int old = hold_text(body, length, error);
    int new = old >= 0 ? hold_text(wanted->str, wanted->len, error) : -1;
    g_autofree char *old_label = g_strconcat("a", path, NULL);
    g_autofree char *new_label = g_strconcat("b", path, NULL);
    char *diff = old >= 0 && new >= 0
                     ? run_diff(old, new, is_missing ? "/dev/null" : old_label,
                                file->domain == NULL ? "/dev/null" : new_label, error)
                     : NULL;
    if (old >= 0) {
        close(old);
    }
    if (new >= 0) {
        close(new);
    }
    return diff;
}
