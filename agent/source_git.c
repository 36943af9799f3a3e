#include "agent/source_git.h"

#include "agent/cycle.h"
#include "agent/exit_code.h"
#include "agent/fetch_git.h"
#include "agent/once_folder.h"
#include "agent/source.h"
#include "spec/signed_commit.h"
#include "xenbackend/file.h"

#include <string.h>

#define OBJECTS_NAME   "objects" /* of the one file of a bundle */
#define DEFAULT_BRANCH "main"
/* What is kept has a few lines more. */
#define OBJECTS_BYTES_MAX (SOURCE_BUNDLE_BYTES_MAX - 65536u)

/* ---- what agent.yaml says ---- */

/* To be freed. */
static char *ref_of(const Settings *settings)
{
    const char *ref = settings_own_text(settings, SOURCE_KEY_ref);
    const char *branch = settings_own_text(settings, SOURCE_KEY_branch);
    return ref != NULL ? g_strdup(ref)
                       : g_strconcat("refs/heads/", branch != NULL ? branch : DEFAULT_BRANCH, NULL);
}

/* Of one without a work tree, and of one with. */
void source_git_add_paths(const Settings *settings, GPtrArray *paths)
{
    const char *url = settings_own_text(settings, SOURCE_KEY_git);
    if (git_url_is_local(url)) {
        g_autofree char *ref = ref_of(settings);
        g_ptr_array_add(paths, g_build_filename(url, ref, NULL));
        g_ptr_array_add(paths, g_build_filename(url, ".git", ref, NULL));
    }
}

/* Of one repository there may be several sources, each with a past of its own. */
char *source_git_describe(const Settings *settings)
{
    const char *url = settings_own_text(settings, SOURCE_KEY_git);
    const char *subdir = settings_own_text(settings, SOURCE_KEY_subdir);
    g_autofree char *ref = ref_of(settings);
    const char *shown = g_str_has_prefix(ref, "refs/heads/") ? ref + strlen("refs/heads/") : ref;
    return g_strconcat(url, " ", shown, subdir != NULL ? " " : "", subdir, NULL);
}

const char *source_git_check(const Settings *settings)
{
    if (settings_own_text(settings, SOURCE_KEY_allowed_signers) == NULL) {
        return "expected `allowed_signers` beside `git`, the file that says who may sign its "
               "commits; found none";
    }
    if (settings_own(settings, SOURCE_KEY_keys) != NULL) {
        return "expected no `keys` beside `git`, whose commits are signed by `allowed_signers`";
    }
    return settings_own_text(settings, SOURCE_KEY_ref) != NULL &&
                   settings_own_text(settings, SOURCE_KEY_branch) != NULL
               ? "expected `branch` or `ref`, found both"
               : NULL;
}

/* Who may sign. Whoever can write the file decides that. */
gboolean source_git_prepare(Cycle *cycle, SpecSource *source, SpecUse use)
{
    const Value *value = settings_own(source->settings, SOURCE_KEY_allowed_signers);
    g_autoptr(GError) error = NULL;
    if (use != SPEC_TO_CHECK && !source_check_safe(value->text, &error)) {
        if (use == SPEC_TO_APPLY || !g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_UNSAFE)) {
            return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
        }
        problems_add_warning(cycle->problems, value->where, "`apply` would refuse this file: %s",
                             error->message);
        g_clear_error(&error);
    }
    gsize length = 0;
    g_autoptr(GBytes) bytes = file_read(value->text, ALLOWED_SIGNERS_BYTES_MAX, &error);
    if (bytes == NULL) {
        return cycle_fail(cycle, EXIT_ERROR, "%s", error->message);
    }
    const char *text = g_bytes_get_data(bytes, &length);
    source->allowed = allowed_signers_parse(text != NULL ? text : "", length, &error);
    return source->allowed != NULL ||
           cycle_fail(cycle, EXIT_ERROR, "%s: %s", value->text, error->message);
}

/* ---- what was applied before ---- */

typedef struct {
    GitId commit; /* "": none */
    gint64 now;   /* no earlier than what was signed already */
} Before;

/* A record that cannot be read ends the run, with all that there is to say. */
static Before find_before(Cycle *cycle, const SpecSource *source)
{
    Before before = {.now = g_get_real_time() / G_USEC_PER_SEC};
    const Record *record = cycle_early_record(cycle, NULL);
    const RecordSource *recorded = record != NULL ? record_find_source(record, source->name) : NULL;
    if (record != NULL) {
        before.now = MAX(before.now, record->signed_time);
    }
    if (recorded != NULL && recorded->commit != NULL) {
        git_id_parse(recorded->commit, strlen(recorded->commit), &before.commit);
    }
    return before;
}

/* ---- fetching ---- */

/* Of one address, whatever the branch. */
static char *mirror_of(const Cycle *cycle, const char *url)
{
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, url, -1);
    return g_build_filename(agent_config_text(cycle->config, AGENT_KEY_mirror_dir), digest, NULL);
}

/* A plan leaves nothing behind: its mirror is made for once, and borrows from the one that is kept
 * what that has. */
static FetchReply *fetch_once(GitRequest *request, GError **error)
{
    OnceFolder above;
    if (!once_folder_make(&above, error)) {
        return NULL;
    }
    g_autofree char *folder = g_build_filename(above.path, "mirror", NULL);
    request->seed = request->folder;
    request->folder = folder;
    FetchReply *reply = fetch_git(request, error);
    once_folder_end(&above);
    return reply;
}

/* A plan does without that folder, and tells all the same what `apply` would not use. */
static void warn_of_mirrors(Cycle *cycle)
{
    g_autoptr(GError) error = NULL;
    if (!fetch_git_check_mirrors(agent_config_text(cycle->config, AGENT_KEY_mirror_dir), &error)) {
        problems_add_warning(cycle->problems, (Position){0}, "`apply` could not ask: %s",
                             error->message);
    }
}

static FetchReply *ask(Cycle *cycle, const SpecSource *source, const SourceBundle *kept,
                       GError **error)
{
    const Settings *settings = source->settings;
    const char *url = settings_own_text(settings, SOURCE_KEY_git);
    g_autofree char *ref = ref_of(settings);
    g_autofree char *mirror = mirror_of(cycle, url);
    GitRequest request = {
        .url = url,
        .ref = ref,
        .subdir = settings_own_text(settings, SOURCE_KEY_subdir),
        .folder = mirror,
        .known = find_before(cycle, source).commit,
        .ca_file = settings_own_text(settings, SOURCE_KEY_ca_file),
        .ssh_key = settings_own_text(settings, SOURCE_KEY_ssh_key),
        .known_hosts = settings_own_text(settings, SOURCE_KEY_known_hosts),
        .proxy = settings_own_text(settings, SOURCE_KEY_proxy),
        .timeout_s = (guint)settings_get(settings, SOURCE_KEY_timeout)->integer,
        .bytes_max = OBJECTS_BYTES_MAX,
    };
    if (kept != NULL && kept->commit != NULL) {
        git_id_parse(kept->commit, strlen(kept->commit), &request.here);
    }
    once_folder_sweep();
    if (cycle->use != SPEC_TO_APPLY) {
        warn_of_mirrors(cycle);
    }
    return cycle->use == SPEC_TO_APPLY ? fetch_git(&request, error) : fetch_once(&request, error);
}

/* Of a folder that it may not look into, git says the same as of one that is not there. */
static char *describe_reply(const SpecSource *source, const FetchReply *reply)
{
    gboolean is_local = g_path_is_absolute(settings_own_text(source->settings, SOURCE_KEY_git));
    g_autofree char *text = fetch_reply_describe(reply, "spec");
    return g_strconcat(text,
                       is_local && reply->outcome == FETCH_UNREACHABLE
                           ? " (the user xensure-fetch has to be able to read it)"
                           : NULL,
                       NULL);
}

static SourceAnswer take_reply(const SpecSource *source, const SourceBundle *kept,
                               const FetchReply *reply, SourceBundle **out, char **why)
{
    if (reply->outcome == FETCH_DONE) {
        *out = source_bundle_new(source->name, g_get_real_time() / G_USEC_PER_SEC);
        (*out)->commit = g_strdup(reply->etag);
        source_bundle_add(*out, OBJECTS_NAME, reply->body);
        return SOURCE_ANSWER_NEW;
    }
    /* Whoever answers so unasked is not to be believed. */
    if (reply->outcome == FETCH_NOT_MODIFIED && kept != NULL) {
        return SOURCE_ANSWER_SAME;
    }
    *why = describe_reply(source, reply);
    return SOURCE_ANSWER_NONE;
}

SourceAnswer source_git_fetch(Cycle *cycle, const SpecSource *source, const SourceBundle *kept,
                              SourceBundle **out, char **why)
{
    g_autoptr(GError) error = NULL;
    FetchReply *reply = ask(cycle, source, kept, &error);
    if (reply == NULL) {
        *why = cycle_note_unasked(cycle, error);
        return SOURCE_ANSWER_NONE;
    }
    cycle_note_confinement(cycle, &reply->gaps);
    SourceAnswer answer = take_reply(source, kept, reply, out, why);
    fetch_reply_free(reply);
    return answer;
}

/* ---- believing ---- */

static GitObjects *read_objects(const SourceBundle *bundle, GitId *head, GError **error)
{
    gsize length = 0;
    *head = (GitId){""};
    GBytes *bytes = source_bundle_find(bundle, OBJECTS_NAME);
    const char *commit = bundle->commit != NULL ? bundle->commit : "";
    if (bytes == NULL || !git_id_parse(commit, strlen(commit), head)) {
        source_refuse(error, "expected a commit and its objects, found something else");
        return NULL;
    }
    const char *data = g_bytes_get_data(bytes, &length);
    return git_objects_parse(data != NULL ? data : "", length, error);
}

/* The texts stay the caller's. */
static gboolean is_accepted(const Cycle *cycle, const SpecSource *source, GPtrArray *texts)
{
    g_autoptr(Spec) spec = spec_new();
    g_autoptr(Problems) problems = problems_new();
    SpecHeader header = {0};
    spec_read_source(spec, texts, &header, problems);
    g_ptr_array_set_free_func(spec->texts, NULL);
    return cycle_accepts(cycle, source, &header);
}

/* A branch that was set back shows an old spec, and each of its commits may be signed rightly. */
static gboolean check_way(const Cycle *cycle, const SpecSource *source, const Before *before,
                          const SignedCommit *commit, const GitObjects *objects, GPtrArray *texts,
                          GError **error)
{
    return *before->commit.text == '\0' ||
           signed_commit_is_after(commit, objects, &before->commit) ||
           is_accepted(cycle, source, texts) ||
           source_refuse(
               error,
               "the commit %s does not come after %s, which was applied here before (to go "
               "back: commit the old content on top of that one; or xensure apply "
               "--accept-generation N, with that of the spec)",
               signed_commit_id(commit)->text, before->commit.text);
}

static gboolean take_texts(const SpecSource *source, const SignedCommit *commit,
                           const SignedFolder *folder, GPtrArray *texts, GError **error)
{
    const char *subdir = settings_own_text(source->settings, SOURCE_KEY_subdir);
    g_autofree char *place = g_strconcat(settings_own_text(source->settings, SOURCE_KEY_git),
                                         subdir != NULL ? "/" : "", subdir, NULL);
    if (signed_folder_count(folder) == 0) {
        return source_refuse(error, "expected files *.yaml in %s of the commit %s, found none",
                             subdir != NULL ? subdir : "the uppermost folder",
                             signed_commit_id(commit)->text);
    }
    for (guint i = 0; i < signed_folder_count(folder); i++) {
        g_ptr_array_add(texts, trusted_text_new_committed(place, commit, folder, i));
    }
    return TRUE;
}

gboolean source_git_verify(Cycle *cycle, const SpecSource *source, const SourceBundle *bundle,
                           GPtrArray *texts, GError **error)
{
    GitId head;
    Before before = find_before(cycle, source);
    g_autoptr(GError) failure = NULL;
    g_autoptr(GitObjects) objects = read_objects(bundle, &head, &failure);
    gint64 now = git_id_equal(&head, &before.commit) ? GIT_NOW_IS_NOT_ASKED : before.now;
    g_autoptr(SignedCommit) commit =
        objects != NULL ? signed_commit_new(objects, &head, source->allowed, now, &failure) : NULL;
    g_autoptr(SignedFolder) folder =
        commit != NULL
            ? signed_folder_new(commit, objects,
                                settings_own_text(source->settings, SOURCE_KEY_subdir), &failure)
            : NULL;
    if (folder == NULL) {
        return source_refuse(error, "%s", failure->message);
    }
    return take_texts(source, commit, folder, texts, error) &&
           check_way(cycle, source, &before, commit, objects, texts, error);
}
