#include "agent/fetch/git_parts.h"

#include "agent/fetch_answer.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MIRROR_REF       "refs/xensure/head"
#define LINES_BYTES_MAX  65536u
#define MIRROR_BYTES_MAX (512ull * 1024 * 1024)

char *git_find_program(void)
{
    return command_find_program("git");
}

/* ---- running git ---- */

gboolean git_fail(GitWork *work, FetchOutcome outcome, char *trouble)
{
    if (work->trouble == NULL) {
        work->outcome = outcome;
        work->trouble = g_steal_pointer(&trouble);
    }
    g_free(trouble);
    return FALSE;
}

CommandResult *git_run(GitWork *work, const char *const *arguments, GBytes *input,
                       gsize output_limit)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *folder =
        work->mirror != NULL ? g_strconcat("--git-dir=", work->mirror, NULL) : NULL;
    g_ptr_array_add(argv, work->program);
    if (folder != NULL) {
        g_ptr_array_add(argv, folder);
    }
    for (; *arguments != NULL; arguments++) {
        g_ptr_array_add(argv, (char *)*arguments);
    }
    g_ptr_array_add(argv, NULL);
    const char *const environment[] = {work->environment[0],     work->environment[1],
                                       "GIT_NO_LAZY_FETCH=1",    "GIT_CONFIG_NOSYSTEM=1",
                                       "GIT_TERMINAL_PROMPT=0",  "GIT_ASKPASS=/bin/false",
                                       "SSH_ASKPASS=/bin/false", "GIT_NO_REPLACE_OBJECTS=1",
                                       "GIT_ATTR_NOSYSTEM=1",    NULL};
    gint64 left_ms = (work->deadline - g_get_monotonic_time()) / 1000;
    const CommandRequest command = {.argv = (const char *const *)argv->pdata,
                                    .environment = environment,
                                    .input = input,
                                    .timeout_ms = (guint)CLAMP(left_ms, 1, G_MAXINT),
                                    .output_limit = output_limit};
    g_autoptr(CommandResult) result = command_run(&command, &error);
    if (result == NULL) {
        git_fail(work, FETCH_REFUSED, g_strdup(error->message));
        return NULL;
    }
    if (result->end == COMMAND_TIMED_OUT) {
        git_fail(work, FETCH_UNREACHABLE,
                 g_strdup_printf("git was not done within %u s", work->request->timeout_s));
        return NULL;
    }
    return g_steal_pointer(&result);
}

/* git says first what it could not do, and then at length what one might look after; but of ssh, in
 * front of that, only that it has failed. */
static char *describe_failure(const CommandResult *result)
{
    static const char of_ssh[] = "fatal: Could not read from remote repository.";
    g_auto(GStrv) lines = g_strsplit(result->errors, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (strcmp(*line, of_ssh) == 0 && line > lines) {
            return g_strchomp(g_strdup(line[-1]));
        }
        if (g_str_has_prefix(*line, "fatal: ") || g_str_has_prefix(*line, "error: ")) {
            return g_strdup(strchr(*line, ' ') + 1);
        }
    }
    return command_result_describe(result);
}

CommandResult *git_run_well(GitWork *work, const char *const *arguments, gsize output_limit,
                            FetchOutcome outcome, const char *what)
{
    g_autoptr(CommandResult) result = git_run(work, arguments, NULL, output_limit);
    if (result != NULL && !command_result_is_success(result)) {
        g_autofree char *how = describe_failure(result);
        git_fail(work, outcome, g_strdup_printf("git could not %s: %s", what, how));
        return NULL;
    }
    return g_steal_pointer(&result);
}

/* ---- the mirror ---- */

/* Asks where the ref is, which needs no mirror. */
static gboolean ask_head(GitWork *work)
{
    const char *const arguments[] = {"ls-remote",        "--quiet",          "--",
                                     work->request->url, work->request->ref, NULL};
    g_autoptr(CommandResult) result =
        git_run_well(work, arguments, LINES_BYTES_MAX, FETCH_UNREACHABLE, "ask the repository");
    if (result == NULL) {
        return FALSE;
    }
    g_auto(GStrv) lines = g_strsplit(result->output, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        const char *tab = strchr(*line, '\t');
        if (tab != NULL && strcmp(tab + 1, work->request->ref) == 0 &&
            git_id_parse(*line, (gsize)(tab - *line), &work->head)) {
            return TRUE;
        }
    }
    return git_fail(work, FETCH_REFUSED,
                    g_strdup_printf("the repository has no %s", work->request->ref));
}

/* Is there one, which was made to the end? */
static gboolean has_mirror(GitWork *work)
{
    const char *const arguments[] = {"rev-parse", "--is-bare-repository", NULL};
    g_autoptr(CommandResult) result = git_run(work, arguments, NULL, LINES_BYTES_MAX);
    return result != NULL && command_result_is_success(result);
}

/* One for each kind of ids: the kind of a repository cannot be changed. */
static gboolean make_mirror(GitWork *work)
{
    const char *kind = git_id_is_sha256(&work->head) ? "sha256" : "sha1";
    g_autofree char *format = g_strconcat("--object-format=", kind, NULL);
    work->mirror = g_strconcat(work->request->folder, "/", kind, ".git", NULL);
    if (has_mirror(work) || work->trouble != NULL) {
        return work->trouble == NULL;
    }
    git_empty_folder(work->mirror);
    const char *const arguments[] = {"init",        "--quiet", "--bare",
                                     "--template=", format,    "--initial-branch=none",
                                     work->mirror,  NULL};
    g_autoptr(CommandResult) result =
        git_run_well(work, arguments, LINES_BYTES_MAX, FETCH_REFUSED, "make a mirror");
    return result != NULL;
}

/* The objects of the mirror that is kept need not be fetched again for once. */
static gboolean use_seed(GitWork *work)
{
    g_autoptr(GError) error = NULL;
    if (work->request->seed == NULL) {
        return TRUE;
    }
    const char *kind = git_id_is_sha256(&work->head) ? "sha256" : "sha1";
    g_autofree char *objects = g_strconcat(work->request->seed, "/", kind, ".git/objects", NULL);
    g_autofree char *line = g_strconcat(objects, "\n", NULL);
    g_autofree char *path = g_build_filename(work->mirror, "objects/info/alternates", NULL);
    if (access(objects, R_OK | X_OK) != 0) {
        return TRUE;
    }
    return g_file_set_contents(path, line, -1, &error) ||
           git_fail(work, FETCH_REFUSED, g_strdup(error->message));
}

/* git itself has no limit: what one fetch brings is one file, and all of them are looked at. */
static gboolean check_size(GitWork *work)
{
    if (git_measure_folder(work->request->folder) <= MIRROR_BYTES_MAX) {
        return TRUE;
    }
    git_empty_folder(work->request->folder);
    return git_fail(work, FETCH_REFUSED,
                    g_strdup_printf("expected a repository of at most %" G_GUINT64_FORMAT
                                    " MiB with all its history",
                                    (guint64)(MIRROR_BYTES_MAX >> 20)));
}

static gboolean update_mirror(GitWork *work)
{
    const struct rlimit limit = {MIRROR_BYTES_MAX, MIRROR_BYTES_MAX};
    g_autofree char *refspec = g_strconcat("+", work->request->ref, ":" MIRROR_REF, NULL);
    const char *const arguments[] = {"fetch",
                                     "--quiet",
                                     "--no-tags",
                                     "--no-recurse-submodules",
                                     "--no-write-fetch-head",
                                     "--",
                                     work->request->url,
                                     refspec,
                                     NULL};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return git_fail(work, FETCH_REFUSED, g_strdup("no limit of a file's size can be set"));
    }
    g_autoptr(CommandResult) result =
        git_run_well(work, arguments, LINES_BYTES_MAX, FETCH_REFUSED, "fetch the repository");
    if (result == NULL) {
        git_remove_leftovers(work->request->folder);
    }
    /* What has failed may have grown the mirror, too. */
    return check_size(work) && result != NULL;
}

/* It may have moved between both questions. */
static gboolean read_head(GitWork *work)
{
    const char *const arguments[] = {"rev-parse", "--verify", "--quiet", MIRROR_REF "^{commit}",
                                     NULL};
    g_autoptr(CommandResult) result =
        git_run_well(work, arguments, LINES_BYTES_MAX, FETCH_REFUSED, "find the commit");
    if (result == NULL) {
        return FALSE;
    }
    g_strchomp(result->output);
    return git_id_parse(result->output, strlen(result->output), &work->head) ||
           git_fail(work, FETCH_REFUSED, g_strdup("git names no commit"));
}

/* An older git would pass over the settings (GIT_CONFIG_GLOBAL came with 2.32), and with them over
 * all that keeps it from following a repository. */
static gboolean check_version(GitWork *work)
{
    const char *const arguments[] = {"version", NULL};
    unsigned major = 0;
    unsigned minor = 0;
    if (work->program == NULL) {
        return git_fail(
            work, FETCH_REFUSED,
            g_strdup("expected the program git, found none (it is in the package git)"));
    }
    g_autoptr(CommandResult) result =
        git_run_well(work, arguments, LINES_BYTES_MAX, FETCH_REFUSED, "say its version");
    if (result == NULL) {
        return FALSE;
    }
    gboolean is_known = sscanf(result->output, "git version %4u.%4u", &major, &minor) == 2;
    return (is_known && (major > 2 || (major == 2 && minor >= 32))) ||
           git_fail(work, FETCH_REFUSED,
                    g_strdup_printf("expected git 2.32 or newer, found '%s'",
                                    g_strchomp(result->output)));
}

static gboolean fetch(GitWork *work, FetchReply *reply)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    if (!git_write_config(work) || !check_version(work) || !ask_head(work)) {
        return FALSE;
    }
    if (git_id_equal(&work->head, &work->request->here)) {
        reply->outcome = FETCH_NOT_MODIFIED;
    } else {
        if (!make_mirror(work) || !use_seed(work) || !update_mirror(work) || !read_head(work) ||
            !git_read_objects(work, bytes)) {
            return FALSE;
        }
        reply->body = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    }
    reply->etag = g_strdup(work->head.text);
    return TRUE;
}

FetchReply *git_fetch(const GitRequest *request)
{
    GitWork work = {.request = request,
                    .program = git_find_program(),
                    .deadline = g_get_monotonic_time() + request->timeout_s * G_USEC_PER_SEC};
    FetchReply *reply = g_new0(FetchReply, 1);
    int lock = git_lock_folder(request->folder);
    reply->outcome = FETCH_DONE;
    if (lock < 0) {
        git_fail(&work, FETCH_UNREACHABLE, g_strdup("another run asks it just now"));
    } else {
        git_remove_leftovers(request->folder);
    }
    if (lock < 0 || !fetch(&work, reply)) {
        reply->outcome = work.outcome;
        reply->message = g_steal_pointer(&work.trouble);
        fetch_text_tidy(reply->message);
    }
    /* Before the next run may work in the folder. */
    confine_end_children();
    if (lock >= 0) {
        close(lock);
    }
    g_free(work.program);
    g_free(work.config);
    g_free(work.environment[0]);
    g_free(work.environment[1]);
    g_free(work.mirror);
    g_free(work.trouble);
    return reply;
}
