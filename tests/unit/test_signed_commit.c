#include "spec/git_commit.h"
#include "spec/git_tree.h"
#include "spec/signed_commit.h"
#include "spec/trusted_text.h"
#include "tests/unit/git_fixtures.h"

#include <string.h>

#define COMMIT_TIME G_GINT64_CONSTANT(1790000000)

static const char *const kinds[] = {"sha1", "sha256"};

/* ---- what is read of the fixtures ---- */

static char *fixture_of(int kind, const char *suffix, gsize *length)
{
    g_autofree char *name = g_strconcat(kinds[kind], suffix, NULL);
    return git_fixture(name, length);
}

static GitObjects *read_objects(int kind)
{
    gsize length = 0;
    g_autofree char *bytes = fixture_of(kind, ".objects", &length);
    g_autoptr(GError) error = NULL;
    GitObjects *objects = git_objects_parse(bytes, length, &error);
    ck_assert_msg(objects != NULL, "%s", error != NULL ? error->message : "");
    return objects;
}

static GitId id_of(const char *text)
{
    GitId id;
    ck_assert(git_id_parse(text, strlen(text), &id));
    return id;
}

static GitId read_head(int kind)
{
    g_autofree char *text = fixture_of(kind, ".head", NULL);
    return id_of(g_strchomp(text));
}

/* Of those before it, by number: its two parents, and the one before both. */
static GitId read_earlier(int kind, guint number)
{
    g_autofree char *text = fixture_of(kind, ".earlier", NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    ck_assert_uint_gt(g_strv_length(lines), number);
    return id_of(lines[number]);
}

static AllowedSigners *read_signers(void)
{
    gsize length = 0;
    g_autofree char *text = git_fixture("allowed_signers", &length);
    AllowedSigners *signers = allowed_signers_parse(text, length, NULL);
    ck_assert_ptr_nonnull(signers);
    return signers;
}

static SignedCommit *read_signed(int kind, GitObjects **objects)
{
    GitId head = read_head(kind);
    g_autoptr(AllowedSigners) signers = read_signers();
    *objects = read_objects(kind);
    g_autoptr(GError) error = NULL;
    SignedCommit *commit = signed_commit_new(*objects, &head, signers, COMMIT_TIME, &error);
    ck_assert_msg(commit != NULL, "%s", error != NULL ? error->message : "");
    return commit;
}

/* ---- objects ---- */

START_TEST(test_objects_of_git)
{
    g_autoptr(GitObjects) objects = read_objects(_i);
    GitId head = read_head(_i);
    g_autoptr(GError) error = NULL;
    ck_assert_uint_gt(git_objects_count(objects), 10);
    ck_assert_ptr_nonnull(git_objects_find(objects, &head, GIT_COMMIT, NULL));
    ck_assert_ptr_null(git_objects_find(objects, &head, GIT_TREE, &error));
    g_autofree char *expected = g_strdup_printf("expected the tree %s, found commit", head.text);
    ck_assert_str_eq(error->message, expected);
}
END_TEST

/* Nobody can give other bytes for an id. */
START_TEST(test_every_changed_bit_of_objects)
{
    gsize length = 0;
    g_autofree char *bytes = fixture_of(_i, ".objects", &length);
    for (gsize i = 0; i < length * 8; i++) {
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << (i % 8)));
        g_autoptr(GitObjects) objects = git_objects_parse(bytes, length, NULL);
        ck_assert_msg(objects == NULL, "bit %zu", i);
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << (i % 8)));
    }
}
END_TEST

#define EMPTY_BLOB     "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
#define EMPTY_BLOB_256 "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"

static const struct {
    const char *text;
    const char *message; /* NULL: taken */
} batches[] = {
    {"", NULL},
    {EMPTY_BLOB " blob 0\n\n", NULL},
    {EMPTY_BLOB_256 " blob 0\n\n", NULL},
    {EMPTY_BLOB " blob 0\n", "object 1 from git: expected 0 bytes and a newline"},
    {EMPTY_BLOB " blob 0\n\nx", "object 2 from git: expected an id, a type and a size of at most "
                                "16777216, found something else"},
    {EMPTY_BLOB " missing\n", "object 1 from git: expected an id, a type and a size of at most "
                              "16777216, found something else"},
    {EMPTY_BLOB " tag 0\n\n", "object 1 from git: expected an id, a type and a size of at most "
                              "16777216, found something else"},
    {EMPTY_BLOB " blob 16777217\n\n", "object 1 from git: expected an id, a type and a size of at "
                                      "most 16777216, found something else"},
    {EMPTY_BLOB " blob 16777216\n\n", "object 1 from git: expected 16777216 bytes and a newline"},
    {EMPTY_BLOB " blob -1\n\n", "object 1 from git: expected an id, a type and a size of at most "
                                "16777216, found something else"},
    {EMPTY_BLOB " tree 0\n\n", "object 1 from git: expected the bytes of " EMPTY_BLOB
                               ", found those of 4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
    {EMPTY_BLOB " blob 1\nx\n", "object 1 from git: expected the bytes of " EMPTY_BLOB
                                ", found those of c1b0730e0133447badcfd47fd144e254807b06e1"},
    {EMPTY_BLOB " blob 0\n\n" EMPTY_BLOB_256 " blob 0\n\n",
     "object 2 from git: expected an id of the same kind as before"},
};

START_TEST(test_batches)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GitObjects) objects =
        git_objects_parse(batches[_i].text, strlen(batches[_i].text), &error);
    ck_assert_pstr_eq(error != NULL ? error->message : NULL, batches[_i].message);
    ck_assert_int_eq(objects == NULL, error != NULL);
}
END_TEST

START_TEST(test_limits_of_objects)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < GIT_OBJECTS_MAX; i++) {
        g_string_append(text, EMPTY_BLOB " blob 0\n\n");
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GitObjects) objects = git_objects_parse(text->str, text->len, &error);
    ck_assert_uint_eq(git_objects_count(objects), 1);
    g_string_append(text, EMPTY_BLOB " blob 0\n\n");
    ck_assert_ptr_null(git_objects_parse(text->str, text->len, &error));
    ck_assert_str_eq(error->message, "object 50001 from git: expected at most 50000 of them");
    g_clear_error(&error);
    ck_assert_ptr_null(git_objects_parse(text->str, GIT_OBJECTS_BYTES_MAX + 1, &error));
    ck_assert_str_eq(error->message,
                     "object 0 from git: expected at most 67108864 bytes of all of them");
}
END_TEST

/* ---- commits ---- */

START_TEST(test_commit_of_git)
{
    gsize length = 0;
    gsize payload_length = 0;
    g_autofree char *text = git_fixture("commit", &length);
    g_autoptr(GitCommit) commit = git_commit_parse(text, length, FALSE, NULL);
    ck_assert_ptr_nonnull(commit);
    ck_assert_uint_eq(commit->parents->len, 2);
    ck_assert_int_eq(commit->commit_time, COMMIT_TIME);
    ck_assert_ptr_nonnull(commit->signature);
    const char *payload = g_bytes_get_data(commit->payload, &payload_length);
    ck_assert_ptr_null(g_strstr_len(payload, (gssize)payload_length, "gpgsig"));
    ck_assert_ptr_nonnull(
        g_strstr_len(payload, (gssize)payload_length, " +0200\n\nMerge the other file\n"));
}
END_TEST

/* Whoever changes a commit can call it by its new id. Does it hold then? */
static gboolean holds(const char *text, gsize length, gboolean is_sha256,
                      const AllowedSigners *signers, GError **error)
{
    GitId id;
    git_id_of(GIT_COMMIT, text, length, is_sha256, &id);
    g_autoptr(GString) batch = g_string_new(NULL);
    g_string_printf(batch, "%s commit %zu\n", id.text, length);
    g_string_append_len(batch, text, (gssize)length);
    g_string_append_c(batch, '\n');
    g_autoptr(GitObjects) objects = git_objects_parse(batch->str, batch->len, NULL);
    ck_assert_ptr_nonnull(objects);
    g_autoptr(SignedCommit) commit =
        signed_commit_new(objects, &id, signers, GIT_NOW_IS_NOT_ASKED, error);
    return commit != NULL;
}

START_TEST(test_every_changed_bit_of_a_commit)
{
    gsize length = 0;
    gboolean is_sha256 = _i == 1;
    GitId head = read_head(_i);
    g_autoptr(GitObjects) objects = read_objects(_i);
    GBytes *bytes = git_objects_find(objects, &head, GIT_COMMIT, NULL);
    g_autofree char *text = g_memdup2(g_bytes_get_data(bytes, &length), g_bytes_get_size(bytes));
    length = g_bytes_get_size(bytes);
    g_autoptr(AllowedSigners) signers = read_signers();
    ck_assert(holds(text, length, is_sha256, signers, NULL));
    for (gsize i = 0; i < length * 8; i++) {
        text[i / 8] = (char)(text[i / 8] ^ (1 << (i % 8)));
        ck_assert_msg(!holds(text, length, is_sha256, signers, NULL), "bit %zu", i);
        text[i / 8] = (char)(text[i / 8] ^ (1 << (i % 8)));
    }
    for (gsize cut = 0; cut < length; cut++) {
        ck_assert_msg(!holds(text, cut, is_sha256, signers, NULL), "%zu bytes", cut);
    }
}
END_TEST

/* The signature of another commit, under a message of one's own. */
START_TEST(test_signature_of_another_commit)
{
    gsize length = 0;
    g_autofree char *text = git_fixture("commit", &length);
    g_autofree char *changed = g_strconcat(text, "and more\n", NULL);
    g_autoptr(AllowedSigners) signers = read_signers();
    g_autoptr(GError) error = NULL;
    ck_assert(!holds(changed, strlen(changed), FALSE, signers, &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED));
    ck_assert(g_str_has_suffix(error->message, ": the key did not sign these bytes"));
}
END_TEST

#define TREE   "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
#define PARENT "parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
#define AUTHOR "author A <a@b> 1 +0000\n"
#define WHO    "committer A <a@b> 1 +0000\n"
#define SIGNED "gpgsig one\n two\n"

static const struct {
    const char *text;
    const char *message; /* NULL: taken */
} commits[] = {
    {TREE AUTHOR WHO "\n", NULL},
    {TREE PARENT PARENT AUTHOR WHO "encoding latin1\n" SIGNED "\nmessage", NULL},
    {TREE AUTHOR WHO "mergetag object x\n gpgsig z\n \n\nmessage", NULL},
    {TREE "author \nauthor more\n",
     "line 3 of the commit: expected 'committer', a name, an address and a time, found something "
     "else"},
    {"", "line 1 of the commit: expected a line that ends, found something else"},
    {"tree 4b82\n", "line 1 of the commit: expected 'tree' and an id, found something else"},
    {"tree " EMPTY_BLOB_256 "\n",
     "line 1 of the commit: expected 'tree' and an id, found something else"},
    {"tree 4B825DC642CB6EB9A060E54BF8D69288FBEE4904\n",
     "line 1 of the commit: expected 'tree' and an id, found something else"},
    {TREE "parent x\n", "line 2 of the commit: expected 'parent' and an id, at most 1000 times, "
                        "found something else"},
    {TREE WHO "\n", "line 2 of the commit: expected 'author' and who it is, found something else"},
    {TREE AUTHOR "\n", "line 3 of the commit: expected 'committer', a name, an address and a time, "
                       "found something else"},
    {TREE AUTHOR "committer A <a@b> -1 +0000\n\n",
     "line 3 of the commit: expected 'committer', a name, an address and a time, found something "
     "else"},
    {TREE AUTHOR "committer A <a@b> 1\n\n",
     "line 3 of the commit: expected 'committer', a name, an address and a time, found something "
     "else"},
    {TREE AUTHOR WHO, "line 4 of the commit: expected a line that ends, found something else"},
    {TREE AUTHOR WHO SIGNED,
     "line 6 of the commit: expected a line that ends, found something else"},
    {TREE AUTHOR WHO SIGNED SIGNED "\n", "line 6 of the commit: expected one signature, in a "
                                         "header 'gpgsig', found something else"},
    {TREE AUTHOR WHO "gpgsig-sha256 one\n\n", "line 4 of the commit: expected one signature, in a "
                                              "header 'gpgsig', found something else"},
    {TREE AUTHOR WHO "gpgsig\n one\n\n", "line 4 of the commit: expected one signature, in a "
                                         "header 'gpgsig', found something else"},
};

START_TEST(test_commits)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GitCommit) commit =
        git_commit_parse(commits[_i].text, strlen(commits[_i].text), FALSE, &error);
    ck_assert_pstr_eq(error != NULL ? error->message : NULL, commits[_i].message);
    ck_assert_int_eq(commit == NULL, error != NULL);
}
END_TEST

START_TEST(test_commit_with_a_nul)
{
    static const char text[] = TREE AUTHOR WHO "\na\0b";
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(git_commit_parse(text, sizeof text - 1, FALSE, &error));
    ck_assert_str_eq(
        error->message,
        "line 1 of the commit: expected a text without a NUL byte, found something else");
}
END_TEST

START_TEST(test_limits_of_a_commit)
{
    g_autoptr(GString) text = g_string_new(TREE);
    for (guint i = 0; i < GIT_COMMIT_PARENTS_MAX; i++) {
        g_string_append(text, PARENT);
    }
    gsize before = text->len;
    g_string_append(text, AUTHOR WHO "\n");
    g_autoptr(GError) error = NULL;
    g_autoptr(GitCommit) commit = git_commit_parse(text->str, text->len, FALSE, &error);
    ck_assert_uint_eq(commit->parents->len, GIT_COMMIT_PARENTS_MAX);
    g_string_insert(text, (gssize)before, PARENT);
    ck_assert_ptr_null(git_commit_parse(text->str, text->len, FALSE, &error));
    g_clear_error(&error);
    g_string_assign(text, TREE AUTHOR WHO "\n");
    g_autofree char *message = g_strnfill(GIT_COMMIT_BYTES_MAX - text->len, 'x');
    g_string_append(text, message);
    g_autoptr(GitCommit) large = git_commit_parse(text->str, text->len, FALSE, &error);
    ck_assert_ptr_nonnull(large);
    g_string_append_c(text, 'x');
    ck_assert_ptr_null(git_commit_parse(text->str, text->len, FALSE, &error));
    ck_assert_str_eq(error->message,
                     "line 1 of the commit: expected at most 1048576 bytes, found something else");
}
END_TEST

/* ---- trees ---- */

#define ID "0123456789abcdefghij"

static const struct {
    const char *bytes;
    gsize length;
    const char *message; /* NULL: taken */
} trees[] = {
#define TREE_ROW(BYTES, MESSAGE)                                                                   \
    {                                                                                              \
        BYTES, sizeof(BYTES) - 1, MESSAGE                                                          \
    }
    TREE_ROW("", NULL),
    TREE_ROW("100644 a\0" ID, NULL),
    TREE_ROW("100644 a.b\0" ID "40000 a\0" ID "100644 a0\0" ID, NULL),
    TREE_ROW("100644 a\0" ID "100644 a\0" ID,
             "entry 2 of the tree: expected names in order, each of them once, found something "
             "else"),
    /* A folder in its place, and yet of the same name as a file. */
    TREE_ROW("100644 a\0" ID "100644 a.b\0" ID "40000 a\0" ID,
             "entry 3 of the tree: expected names in order, each of them once, found something "
             "else"),
    TREE_ROW("100644 b\0" ID "100644 a\0" ID,
             "entry 2 of the tree: expected names in order, each of them once, found something "
             "else"),
    TREE_ROW("100644 a\0" ID "x",
             "entry 2 of the tree: expected a mode, a name and an id, found something else"),
    TREE_ROW("100644 a\0"
             "0123456789abcdefghi",
             "entry 1 of the tree: expected a mode, a name and an id, found something else"),
    TREE_ROW("040000 a\0" ID,
             "entry 1 of the tree: expected a mode that git writes, found something else"),
    TREE_ROW("100600 a\0" ID,
             "entry 1 of the tree: expected a mode that git writes, found something else"),
    TREE_ROW("100644 \0" ID, "entry 1 of the tree: expected a name of UTF-8 without control "
                             "characters, found something else"),
    TREE_ROW("100644 a/b\0" ID, "entry 1 of the tree: expected a name of UTF-8 without control "
                                "characters, found something else"),
    TREE_ROW("100644 ..\0" ID, "entry 1 of the tree: expected a name of UTF-8 without control "
                               "characters, found something else"),
    TREE_ROW("40000 .GIT\0" ID, "entry 1 of the tree: expected a name of UTF-8 without control "
                                "characters, found something else"),
    TREE_ROW("100644 \xff\0" ID, "entry 1 of the tree: expected a name of UTF-8 without control "
                                 "characters, found something else"),
    TREE_ROW("100644 \n\0" ID, "entry 1 of the tree: expected a name of UTF-8 without control "
                               "characters, found something else"),
};

START_TEST(test_trees)
{
    g_autofree char *copy = g_memdup2(trees[_i].bytes, MAX(trees[_i].length, 1));
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) tree = git_tree_parse(copy, trees[_i].length, FALSE, &error);
    ck_assert_pstr_eq(error != NULL ? error->message : NULL, trees[_i].message);
    ck_assert_int_eq(tree == NULL, error != NULL);
}
END_TEST

/* ---- what a signature vouches for ---- */

START_TEST(test_signed_commit)
{
    g_autoptr(GitObjects) objects = NULL;
    g_autoptr(SignedCommit) commit = read_signed(_i, &objects);
    ck_assert_str_eq(signed_commit_signer(commit),
                     _i == 0 ? "anna@example.org" : "ben@example.org,ben");
    ck_assert(g_str_has_prefix(signed_commit_fingerprint(commit), "SHA256:"));
    g_autoptr(SignedFolder) folder = signed_folder_new(commit, objects, "hosts/lab", NULL);
    ck_assert_uint_eq(signed_folder_count(folder), 2);
    g_autoptr(TrustedText) text = trusted_text_new_committed("x", commit, folder, 1);
    ck_assert_str_eq(trusted_text_name(text), "x/web.yaml");
    ck_assert(!trusted_text_is_local(text));
    ck_assert_ptr_nonnull(trusted_text_signed_digest(text));
    gsize length = 0;
    const char *bytes = trusted_text_bytes(text, &length);
    ck_assert_uint_eq(length, strlen("xensure: 1\n"));
    ck_assert_mem_eq(bytes, "xensure: 1\n", length);
    g_autoptr(SignedFolder) top = signed_folder_new(commit, objects, NULL, NULL);
    ck_assert_uint_eq(signed_folder_count(top), 0);
}
END_TEST

/* The files of hosts/lab, as one text; NULL: the commit does not vouch for them. */
static char *read_folder(int kind, const GitObjects *objects, const AllowedSigners *signers)
{
    GitId head = read_head(kind);
    g_autoptr(SignedCommit) commit =
        signed_commit_new(objects, &head, signers, GIT_NOW_IS_NOT_ASKED, NULL);
    g_autoptr(SignedFolder) folder =
        commit != NULL ? signed_folder_new(commit, objects, "hosts/lab", NULL) : NULL;
    if (folder == NULL) {
        return NULL;
    }
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < signed_folder_count(folder); i++) {
        g_autoptr(TrustedText) text = trusted_text_new_committed("x", commit, folder, i);
        gsize length = 0;
        const char *bytes = trusted_text_bytes(text, &length);
        g_string_append_printf(all, "%s\n%.*s", trusted_text_name(text), (int)length, bytes);
    }
    return g_string_free(g_steal_pointer(&all), FALSE);
}

/* Of `git cat-file --batch`: an id, a type and a size, then the bytes. */
typedef struct {
    gsize head, bytes, length;
    GitType type;
} BatchObject;

static gboolean next_object(const char *batch, gsize total, gsize *at, BatchObject *out)
{
    if (*at >= total) {
        return FALSE;
    }
    g_auto(GStrv) words = g_strsplit(batch + *at, " ", 3);
    *out = (BatchObject){.head = *at,
                         .bytes = *at + strcspn(batch + *at, "\n") + 1,
                         .length = g_ascii_strtoull(words[2], NULL, 10),
                         .type = strcmp(words[1], "commit") == 0 ? GIT_COMMIT
                                 : strcmp(words[1], "tree") == 0 ? GIT_TREE
                                                                 : GIT_BLOB};
    *at = out->bytes + out->length + 1;
    return TRUE;
}

/* The batch with this object under the id that it has now. */
static GitObjects *rename_object(const char *batch, gsize total, const BatchObject *object,
                                 gboolean is_sha256)
{
    GitId id;
    g_autofree char *changed = g_memdup2(batch, total);
    git_id_of(object->type, batch + object->bytes, object->length, is_sha256, &id);
    memcpy(changed + object->head, id.text, strlen(id.text));
    return git_objects_parse(changed, total, NULL);
}

/* Nor other bytes under another id: whatever is changed, one bit of each byte, the files are the
 * same, or there are none. */
START_TEST(test_changed_objects_under_new_ids)
{
    gsize total = 0;
    gsize at = 0;
    guint refused = 0;
    BatchObject object;
    g_autofree char *batch = fixture_of(_i, ".objects", &total);
    g_autoptr(AllowedSigners) signers = read_signers();
    g_autoptr(GitObjects) right = read_objects(_i);
    g_autofree char *expected = read_folder(_i, right, signers);
    ck_assert_ptr_nonnull(expected);
    while (next_object(batch, total, &at, &object)) {
        for (gsize i = object.bytes; i < object.bytes + object.length; i++) {
            batch[i] = (char)(batch[i] ^ (1 << (i % 8)));
            g_autoptr(GitObjects) objects = rename_object(batch, total, &object, _i == 1);
            ck_assert_ptr_nonnull(objects);
            g_autofree char *found = read_folder(_i, objects, signers);
            ck_assert_msg(found == NULL || strcmp(found, expected) == 0, "byte %zu: %s", i, found);
            refused += found == NULL;
            batch[i] = (char)(batch[i] ^ (1 << (i % 8)));
        }
    }
    ck_assert_uint_gt(refused, 500);
}
END_TEST

START_TEST(test_what_came_before)
{
    g_autoptr(GitObjects) objects = NULL;
    g_autoptr(SignedCommit) commit = read_signed(_i, &objects);
    ck_assert(signed_commit_is_after(commit, objects, signed_commit_id(commit)));
    for (guint i = 0; i < 3; i++) {
        GitId earlier = read_earlier(_i, i);
        ck_assert_msg(signed_commit_is_after(commit, objects, &earlier), "%u", i);
    }
    GitId other = id_of(_i == 0 ? EMPTY_BLOB : EMPTY_BLOB_256);
    ck_assert(!signed_commit_is_after(commit, objects, &other));
    /* Backwards. */
    GitId earlier = read_earlier(_i, 0);
    GitId head = read_head(_i);
    g_autoptr(AllowedSigners) signers = read_signers();
    g_autoptr(SignedCommit) old =
        signed_commit_new(objects, &earlier, signers, GIT_NOW_IS_NOT_ASKED, NULL);
    ck_assert_ptr_nonnull(old);
    ck_assert(!signed_commit_is_after(old, objects, &head));
}
END_TEST

static const struct {
    const char *subdir;
    const char *message;
} subdirs[] = {
    {"hosts", "expected 'link.yaml' to be a file, found a symbolic link"},
    {"none", "expected the folder 'none', found none"},
    {"README", "expected the folder 'README', found a file"},
    {"hosts/lab/more/none", "expected the folder 'none', found none"},
};

START_TEST(test_folders_that_are_none)
{
    g_autoptr(GitObjects) objects = NULL;
    g_autoptr(SignedCommit) commit = read_signed(0, &objects);
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(signed_folder_new(commit, objects, subdirs[_i].subdir, &error));
    ck_assert_msg(g_str_has_suffix(error->message, subdirs[_i].message), "%s", error->message);
}
END_TEST

START_TEST(test_names_of_folders)
{
    static const char *const good[] = {"a", "a/b", "a b", ".github"};
    static const char *const bad[] = {"", "/a", "a/", "a//b", ".", "a/../b", ".git", "a\nb"};
    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        ck_assert_msg(git_check_subdir(good[i]) == NULL, "%s", good[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        ck_assert_msg(git_check_subdir(bad[i]) != NULL, "%s", bad[i]);
    }
}
END_TEST

/* The first commit of the samples, which nobody has signed: the parent of the third one. */
static GitId find_unsigned(const GitObjects *objects)
{
    GitId id = read_earlier(0, 2);
    gsize length = 0;
    const char *text = g_bytes_get_data(git_objects_find(objects, &id, GIT_COMMIT, NULL), &length);
    g_autoptr(GitCommit) commit = git_commit_parse(text, length, FALSE, NULL);
    return g_array_index(commit->parents, GitId, 0);
}

START_TEST(test_who_signed)
{
    g_autoptr(GitObjects) objects = read_objects(0);
    g_autoptr(AllowedSigners) signers = read_signers();
    g_autoptr(GError) error = NULL;
    GitId head = read_head(0);
    GitId plain = find_unsigned(objects);
    ck_assert_ptr_null(signed_commit_new(objects, &plain, signers, COMMIT_TIME, &error));
    ck_assert(g_error_matches(error, SIGNATURE_ERROR, SIGNATURE_ERROR_REFUSED));
    ck_assert(g_str_has_suffix(error->message, ": expected a signed commit, found no signature"));
    g_clear_error(&error);
    /* anna may sign from 2026 on: the time of the commit is not all that counts. */
    ck_assert_ptr_null(signed_commit_new(objects, &head, signers, 1, &error));
    ck_assert(g_str_has_suffix(error->message, " may not sign yet (valid-after)"));
    g_clear_error(&error);
    g_autoptr(SignedCommit) taken =
        signed_commit_new(objects, &head, signers, GIT_NOW_IS_NOT_ASKED, NULL);
    ck_assert_ptr_nonnull(taken);
    GitId none = id_of(EMPTY_BLOB);
    ck_assert_ptr_null(signed_commit_new(objects, &none, signers, COMMIT_TIME, &error));
    ck_assert_str_eq(error->message,
                     "commit " EMPTY_BLOB ": expected the commit " EMPTY_BLOB ", found nothing");
}
END_TEST

static Suite *signed_commit_suite(void)
{
    Suite *suite = suite_create("signed_commit");
    TCase *objects = tcase_create("objects");
    tcase_add_loop_test(objects, test_objects_of_git, 0, G_N_ELEMENTS(kinds));
    tcase_add_loop_test(objects, test_every_changed_bit_of_objects, 0, G_N_ELEMENTS(kinds));
    tcase_add_loop_test(objects, test_batches, 0, G_N_ELEMENTS(batches));
    tcase_add_test(objects, test_limits_of_objects);
    suite_add_tcase(suite, objects);
    TCase *texts = tcase_create("commits and trees");
    tcase_add_test(texts, test_commit_of_git);
    tcase_add_loop_test(texts, test_every_changed_bit_of_a_commit, 0, G_N_ELEMENTS(kinds));
    tcase_add_test(texts, test_signature_of_another_commit);
    tcase_add_loop_test(texts, test_commits, 0, G_N_ELEMENTS(commits));
    tcase_add_test(texts, test_commit_with_a_nul);
    tcase_add_test(texts, test_limits_of_a_commit);
    tcase_add_loop_test(texts, test_trees, 0, G_N_ELEMENTS(trees));
    suite_add_tcase(suite, texts);
    TCase *trust = tcase_create("trust");
    tcase_add_loop_test(trust, test_signed_commit, 0, G_N_ELEMENTS(kinds));
    tcase_add_loop_test(trust, test_changed_objects_under_new_ids, 0, G_N_ELEMENTS(kinds));
    tcase_add_loop_test(trust, test_what_came_before, 0, G_N_ELEMENTS(kinds));
    tcase_add_loop_test(trust, test_folders_that_are_none, 0, G_N_ELEMENTS(subdirs));
    tcase_add_test(trust, test_names_of_folders);
    tcase_add_test(trust, test_who_signed);
    suite_add_tcase(suite, trust);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(signed_commit_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
