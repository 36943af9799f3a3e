#include "spec/signed_commit.h"

#include "spec/git_commit.h"
#include "spec/git_tree.h"

#include <string.h>

struct SignedCommit {
    GitId id, tree;
    char *signer;
    char *fingerprint;
};

struct SignedFolder {
    GPtrArray *names;
    GPtrArray *bytes;
};

/* ---- the commit ---- */

void signed_commit_free(SignedCommit *commit)
{
    if (commit == NULL) {
        return;
    }
    g_free(commit->signer);
    g_free(commit->fingerprint);
    g_free(commit);
}

const GitId *signed_commit_id(const SignedCommit *commit)
{
    return &commit->id;
}

const char *signed_commit_signer(const SignedCommit *commit)
{
    return commit->signer;
}

const char *signed_commit_fingerprint(const SignedCommit *commit)
{
    return commit->fingerprint;
}

static GitCommit *read_commit(const GitObjects *objects, const GitId *id, GError **error)
{
    GBytes *bytes = git_objects_find(objects, id, GIT_COMMIT, error);
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    if (bytes == NULL) {
        return NULL;
    }
    return git_commit_parse(text != NULL ? text : "", length, git_id_is_sha256(id), error);
}

/* Who has signed it; NULL where nobody who may. */
static const char *find_signer(const GitCommit *commit, const AllowedSigners *signers, gint64 now,
                               SshSignature *signature, GError **error)
{
    if (commit->signature == NULL) {
        g_set_error_literal(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED,
                            "expected a signed commit, found no signature");
        return NULL;
    }
    gsize text_length = 0;
    gsize length = 0;
    const char *text = g_bytes_get_data(commit->signature, &text_length);
    const char *payload = g_bytes_get_data(commit->payload, &length);
    if (!ssh_signature_parse(text, text_length, signature, error)) {
        g_prefix_error(error, "its signature: ");
        return NULL;
    }
    if (!ssh_signature_check(signature, payload, length, error)) {
        return NULL;
    }
    const char *signer = allowed_signers_find(signers, &signature->key, commit->commit_time, error);
    if (signer == NULL || now == GIT_NOW_IS_NOT_ASKED) {
        return signer;
    }
    return allowed_signers_find(signers, &signature->key, now, error);
}

SignedCommit *signed_commit_new(const GitObjects *objects, const GitId *head,
                                const AllowedSigners *signers, gint64 now, GError **error)
{
    SshSignature signature;
    g_autoptr(GitCommit) commit = read_commit(objects, head, error);
    const char *signer =
        commit != NULL ? find_signer(commit, signers, now, &signature, error) : NULL;
    if (signer == NULL) {
        g_prefix_error(error, "commit %s: ", head->text);
        return NULL;
    }
    SignedCommit *found = g_new0(SignedCommit, 1);
    found->id = *head;
    found->tree = commit->tree;
    found->signer = g_strdup(signer);
    found->fingerprint = ssh_key_fingerprint(&signature.key);
    return found;
}

/* ---- what came before ---- */

/* Appends the commit, unless it has been before. */
static void wait_for(const GitId *id, GHashTable *seen, GArray *waiting)
{
    if (!g_hash_table_contains(seen, id->text)) {
        g_hash_table_add(seen, g_strdup(id->text));
        g_array_append_vals(waiting, id, 1);
    }
}

/* Appends the parents of a commit; one that is not among the objects, or cannot be read, has none.
 */
static void follow(const GitObjects *objects, const GitId *id, GHashTable *seen, GArray *waiting)
{
    GBytes *bytes = git_objects_find(objects, id, GIT_COMMIT, NULL);
    g_autoptr(GArray) parents = g_array_new(FALSE, FALSE, sizeof(GitId));
    GitId tree;
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    if (text == NULL ||
        !git_commit_parse_links(text, length, git_id_is_sha256(id), &tree, parents, NULL)) {
        return;
    }
    for (guint i = 0; i < parents->len; i++) {
        wait_for(&g_array_index(parents, GitId, i), seen, waiting);
    }
}

gboolean signed_commit_is_after(const SignedCommit *commit, const GitObjects *objects,
                                const GitId *earlier)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GArray) waiting = g_array_new(FALSE, FALSE, sizeof(GitId));
    wait_for(&commit->id, seen, waiting);
    for (guint i = 0; i < waiting->len; i++) {
        GitId id = g_array_index(waiting, GitId, i);
        if (git_id_equal(&id, earlier)) {
            return TRUE;
        }
        follow(objects, &id, seen, waiting);
    }
    return FALSE;
}

/* ---- the folder ---- */

const char *git_check_subdir(const char *text)
{
    static const char expected[] =
        "a folder of the repository, as 'hosts/lab': no '.', '..' or '.git', no slash in front";
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    guint count = g_strv_length(parts);
    if (count == 0 || count > GIT_SUBDIR_DEPTH_MAX) {
        return expected;
    }
    for (guint i = 0; i < count; i++) {
        if (!git_is_name(parts[i])) {
            return expected;
        }
    }
    return NULL;
}

void signed_folder_free(SignedFolder *folder)
{
    if (folder == NULL) {
        return;
    }
    g_ptr_array_unref(folder->names);
    g_ptr_array_unref(folder->bytes);
    g_free(folder);
}

guint signed_folder_count(const SignedFolder *folder)
{
    return folder->names->len;
}

const char *signed_folder_name(const SignedFolder *folder, guint number)
{
    return g_ptr_array_index(folder->names, number);
}

GBytes *signed_folder_bytes(const SignedFolder *folder, guint number)
{
    return g_ptr_array_index(folder->bytes, number);
}

static GPtrArray *read_tree(const GitObjects *objects, const GitId *id, GError **error)
{
    GBytes *bytes = git_objects_find(objects, id, GIT_TREE, error);
    gsize length = 0;
    const char *data = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    if (bytes == NULL) {
        return NULL;
    }
    return git_tree_parse(data != NULL ? data : "", length, git_id_is_sha256(id), error);
}

/* The tree of the folder NAME in TREE. */
static GPtrArray *enter(const GitObjects *objects, const GPtrArray *tree, const char *name,
                        GError **error)
{
    const GitEntry *entry = git_tree_find(tree, name);
    if (entry == NULL || entry->kind != GIT_ENTRY_FOLDER) {
        g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT,
                    "expected the folder '%s', found %s", name,
                    entry != NULL ? git_entry_kind_show(entry->kind) : "none");
        return NULL;
    }
    return read_tree(objects, &entry->id, error);
}

static gboolean add_file(const GitObjects *objects, const GitEntry *entry, SignedFolder *folder,
                         GError **error)
{
    if (*entry->name == '.' || !g_str_has_suffix(entry->name, ".yaml") ||
        entry->kind == GIT_ENTRY_FOLDER) {
        return TRUE;
    }
    if (entry->kind != GIT_ENTRY_FILE) {
        g_set_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_FORMAT,
                    "expected '%s' to be a file, found %s", entry->name,
                    git_entry_kind_show(entry->kind));
        return FALSE;
    }
    GBytes *bytes = git_objects_find(objects, &entry->id, GIT_BLOB, error);
    if (bytes == NULL) {
        g_prefix_error(error, "%s: ", entry->name);
        return FALSE;
    }
    g_ptr_array_add(folder->names, g_strdup(entry->name));
    g_ptr_array_add(folder->bytes, g_bytes_ref(bytes));
    return TRUE;
}

static GPtrArray *find_tree(const SignedCommit *commit, const GitObjects *objects,
                            const char *subdir, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(subdir != NULL ? subdir : "", "/", -1);
    GPtrArray *tree = read_tree(objects, &commit->tree, error);
    for (char **part = parts; tree != NULL && *part != NULL; part++) {
        g_autoptr(GPtrArray) above = tree;
        tree = enter(objects, above, *part, error);
    }
    return tree;
}

SignedFolder *signed_folder_new(const SignedCommit *commit, const GitObjects *objects,
                                const char *subdir, GError **error)
{
    g_autoptr(SignedFolder) folder = g_new0(SignedFolder, 1);
    folder->names = g_ptr_array_new_with_free_func(g_free);
    folder->bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autoptr(GPtrArray) tree = find_tree(commit, objects, subdir, error);
    gboolean is_read = tree != NULL;
    for (guint i = 0; is_read && i < tree->len; i++) {
        is_read = add_file(objects, g_ptr_array_index(tree, i), folder, error);
    }
    if (!is_read) {
        g_prefix_error(error, "commit %s: ", commit->id.text);
        return NULL;
    }
    return g_steal_pointer(&folder);
}
