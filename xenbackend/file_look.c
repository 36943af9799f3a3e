#include "xenbackend/file_look.h"

#include <errno.h>
#include <unistd.h>

/* Belongs to whoever is last: the thread that looks, or the one that waits. */
typedef struct {
    gint owners;
    char *path;
    GMutex mutex;
    GCond done;
    gboolean is_done;
    int failure; /* an errno */
    struct stat status;
} Look;

static void look_unref(Look *look)
{
    if (g_atomic_int_dec_and_test(&look->owners)) {
        g_mutex_clear(&look->mutex);
        g_cond_clear(&look->done);
        g_free(look->path);
        g_free(look);
    }
}

static gpointer look_run(gpointer data)
{
    Look *look = data;
    struct stat status;
    int failure = TEMP_FAILURE_RETRY(stat(look->path, &status)) == 0 ? 0 : errno;
    g_mutex_lock(&look->mutex);
    look->is_done = TRUE;
    look->failure = failure;
    look->status = status;
    g_cond_signal(&look->done);
    g_mutex_unlock(&look->mutex);
    look_unref(look);
    return NULL;
}

int file_look(const char *path, guint timeout_ms, struct stat *out)
{
    Look *look = g_new0(Look, 1);
    look->owners = 2;
    look->path = g_strdup(path);
    g_mutex_init(&look->mutex);
    g_cond_init(&look->done);
    GThread *thread = g_thread_try_new("look", look_run, look, NULL);
    if (thread == NULL) {
        look->owners = 1;
        look_unref(look);
        return EAGAIN;
    }
    g_thread_unref(thread);
    gint64 end = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    g_mutex_lock(&look->mutex);
    while (!look->is_done && g_cond_wait_until(&look->done, &look->mutex, end)) {
    }
    int failure = look->is_done ? look->failure : ETIMEDOUT;
    *out = look->status;
    g_mutex_unlock(&look->mutex);
    look_unref(look);
    return failure;
}
