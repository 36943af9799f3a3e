#include "spec/yaml_tree.h"

#include <string.h>
#include <yaml.h>

#include "spec/characters.h"
#include "spec/yaml_bytes.h"
#include "spec/yaml_duplicates.h"
#include "spec/yaml_nodes.h"
#include "spec/yaml_wording.h"

/* What fits into YamlNode.column. A text of YAML_BYTES_MAX has no column beyond it. */
#define COLUMN_MASK ((1u << 28) - 1)
G_STATIC_ASSERT(YAML_BYTES_MAX < COLUMN_MASK);

/* How many collections are open around an entry. */
#define ENTRY_DEPTH 2u

typedef struct {
    guint32 node;
    guint32 last_child;
    guint32 count; /* of its children; the node gets it when it is closed */
    gboolean is_mapping;
    gboolean is_entry; /* that is read when it ends */
} OpenNode;

typedef struct {
    YamlTree *tree;
    Problems *problems;
    const YamlBytes *bytes;
    OpenNode open[YAML_DEPTH_MAX];
    guint depth;
    guint32 dropped;     /* nodes of entries that were read */
    guint errors_before; /* of the problems, when this text was begun */
    guint harmless;      /* errors that leave the tree as one would expect it */
} Builder;

static Position position_at(const Builder *builder, yaml_mark_t mark)
{
    return (Position){builder->tree->text, (guint32)mark.line + 1, (guint32)mark.column + 1};
}

/* Appends a node to the open collection; its index in *OUT. FALSE: there are too many. A node is
 * written whole, and not read again before it is far away: there are many of them. */
static gboolean add_node(Builder *builder, Position where, YamlKind kind, gboolean is_plain,
                         const char *text, guint32 *out)
{
    YamlTree *tree = builder->tree;
    if (tree->node_count + builder->dropped >= YAML_NODES_MAX) {
        return problems_add(builder->problems, where,
                            "expected at most %u values and keys in one text, found more",
                            YAML_NODES_MAX);
    }
    if (tree->node_count == tree->node_room) {
        yaml_nodes_grow(tree);
    }
    guint32 index = tree->node_count++;
    tree->nodes[index] = (YamlNode){.text = text,
                                    .line = where.line,
                                    .column = where.column & COLUMN_MASK,
                                    .kind = kind,
                                    .is_plain = is_plain ? 1 : 0};
    if (builder->depth == 0) {
        g_array_append_val(tree->roots, index);
    } else {
        OpenNode *parent = &builder->open[builder->depth - 1];
        if (parent->count++ > 0) {
            tree->nodes[parent->last_child].next = index;
        }
        parent->last_child = index;
    }
    *out = index;
    return TRUE;
}

/* Is the next node a key? */
static gboolean expects_key(const Builder *builder)
{
    const OpenNode *parent = builder->depth > 0 ? &builder->open[builder->depth - 1] : NULL;
    return parent != NULL && parent->is_mapping && parent->count % 2 == 0;
}

static void refuse_properties(Builder *builder, Position where, const yaml_char_t *anchor,
                              const yaml_char_t *tag)
{
    if (anchor == NULL && tag == NULL) {
        return;
    }
    static const char standard_prefix[] = "tag:yaml.org,2002:";
    if (anchor != NULL) {
        g_autoptr(GString) found = g_string_new(NULL);
        yaml_nodes_quote(found, "&", (const char *)anchor);
        problems_add(builder->problems, where, "expected no anchor, found %s", found->str);
        builder->harmless++;
    }
    if (tag != NULL) {
        g_autoptr(GString) found = g_string_new(NULL);
        const char *name = (const char *)tag;
        if (g_str_has_prefix(name, standard_prefix)) {
            yaml_nodes_quote(found, "!!", name + strlen(standard_prefix));
        } else {
            yaml_nodes_quote(found, "", name);
        }
        problems_add(builder->problems, where, "expected no tag, found %s", found->str);
        builder->harmless++;
    }
}

/* Only the escapes of double quotes can bring in what yaml_bytes_check() has not seen. */
static gboolean check_escapes(const Builder *builder, Position where, const char *text,
                              gsize length)
{
    const char *at = text;
    while (at < text + length) {
        gunichar character = character_next(&at, text + length);
        if (character_is_refused(character)) {
            g_autoptr(GString) found = g_string_new(NULL);
            character_describe(character, found);
            return problems_add(builder->problems, where,
                                "expected text, found %s, written as an escape", found->str);
        }
    }
    return TRUE;
}

static void check_key(const Builder *builder, Position where, const char *text, gboolean is_plain)
{
    if (*text == '\0') {
        problems_add(builder->problems, where, "expected a key, found nothing before the ':'");
    } else if (is_plain && strcmp(text, "<<") == 0) {
        problems_add(builder->problems, where, "expected a key, found the merge key '<<'");
    }
}

/* The deepest open entry's, where there is one: they go when it ends. */
static GStringChunk *strings_of(const Builder *builder)
{
    return builder->depth > ENTRY_DEPTH && builder->open[ENTRY_DEPTH].is_entry
               ? builder->tree->entry_strings
               : builder->tree->strings;
}

/* A copy of a scalar's text; "" where it is refused. */
static const char *take_text(Builder *builder, const yaml_event_t *event, Position where)
{
    const char *text = (const char *)event->data.scalar.value;
    gsize length = event->data.scalar.length;
    if (length == 0) {
        return "";
    }
    if (length > YAML_SCALAR_MAX) {
        problems_add(builder->problems, where,
                     "expected a text of at most %u bytes, found %" G_GSIZE_FORMAT, YAML_SCALAR_MAX,
                     length);
        return "";
    }
    if (event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE &&
        !check_escapes(builder, where, text, length)) {
        return "";
    }
    return g_string_chunk_insert_len(strings_of(builder), text, (gssize)length);
}

static gboolean add_scalar(Builder *builder, const yaml_event_t *event, Position where)
{
    gboolean is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    gboolean is_key = expects_key(builder);
    guint32 index = 0;
    refuse_properties(builder, where, event->data.scalar.anchor, event->data.scalar.tag);
    guint errors = problems_count_errors(builder->problems);
    const char *text = take_text(builder, event, where);
    if (is_key && errors == problems_count_errors(builder->problems)) {
        check_key(builder, where, text, is_plain);
    }
    return add_node(builder, where, YAML_SCALAR, is_plain, text, &index);
}

/* The alias stays in the tree as an empty scalar, so that keys and values still alternate. */
static gboolean add_alias(Builder *builder, const yaml_event_t *event, Position where)
{
    guint32 index = 0;
    g_autoptr(GString) found = g_string_new(NULL);
    yaml_nodes_quote(found, "*", (const char *)event->data.alias.anchor);
    problems_add(builder->problems, where, "expected no alias, found %s", found->str);
    return add_node(builder, where, YAML_SCALAR, FALSE, "", &index);
}

/* Nothing but what leaves the tree as one would expect it? */
static gboolean is_good(const Builder *builder)
{
    return problems_count_errors(builder->problems) - builder->errors_before == builder->harmless;
}

/* Is a mapping that is opened an entry that is wanted? While all is good, a mapping is a value, and
 * its key stands directly before it. */
static gboolean is_wanted_entry(const Builder *builder)
{
    const YamlEntryReader *reader = builder->tree->reader;
    const OpenNode *open = builder->open;
    return reader != NULL && builder->depth == ENTRY_DEPTH && is_good(builder) &&
           open[0].is_mapping && open[1].is_mapping &&
           reader->wants(reader->data, builder->tree->nodes[open[1].node - 1].text);
}

static const OpenNode *close_collection(Builder *builder)
{
    const OpenNode *closed = &builder->open[--builder->depth];
    builder->tree->nodes[closed->node].count = closed->count;
    return closed;
}

static void close_mapping(Builder *builder)
{
    YamlTree *tree = builder->tree;
    const OpenNode *closed = close_collection(builder);
    builder->harmless +=
        yaml_duplicates_check(tree->text, tree->nodes, closed->node, builder->problems);
    if (closed->is_entry && is_good(builder)) {
        builder->dropped += tree->node_count - (closed->node + 1);
        yaml_nodes_read_entry(tree, closed->node);
    }
}

static gboolean open_collection(Builder *builder, Position where, YamlKind kind)
{
    guint32 index = 0;
    if (expects_key(builder)) {
        problems_add(builder->problems, where, "expected a key, found %s",
                     kind == YAML_MAPPING ? "a mapping" : "a list");
    }
    /* Going on would cost libyaml quadratic time on a text that is nothing but '['. */
    if (builder->depth == YAML_DEPTH_MAX) {
        return problems_add(builder->problems, where,
                            "expected at most %u mappings and lists within each other, found more",
                            YAML_DEPTH_MAX);
    }
    if (!add_node(builder, where, kind, FALSE, "", &index)) {
        return FALSE;
    }
    gboolean is_mapping = kind == YAML_MAPPING;
    OpenNode opened = {.node = index,
                       .is_mapping = is_mapping,
                       .is_entry = is_mapping && is_wanted_entry(builder)};
    builder->open[builder->depth++] = opened;
    return TRUE;
}

/* FALSE: the rest is not read. */
static gboolean add_event(Builder *builder, const yaml_event_t *event)
{
    Position where = position_at(builder, event->start_mark);
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return add_scalar(builder, event, where);
    case YAML_ALIAS_EVENT:
        return add_alias(builder, event, where);
    case YAML_SEQUENCE_START_EVENT:
        refuse_properties(builder, where, event->data.sequence_start.anchor,
                          event->data.sequence_start.tag);
        return open_collection(builder, where, YAML_SEQUENCE);
    case YAML_MAPPING_START_EVENT:
        refuse_properties(builder, where, event->data.mapping_start.anchor,
                          event->data.mapping_start.tag);
        return open_collection(builder, where, YAML_MAPPING);
    case YAML_MAPPING_END_EVENT:
        close_mapping(builder);
        return TRUE;
    case YAML_SEQUENCE_END_EVENT:
        close_collection(builder);
        return TRUE;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return TRUE;
    }
    g_assert_not_reached();
}

/* Where a text that is cut off ends, as something to look at: behind its last letter. FALSE: MARK
 * is not its end. */
static gboolean find_end(const Builder *builder, yaml_mark_t mark, Position *out)
{
    const char *line = builder->bytes->bytes;
    gsize length = builder->bytes->length;
    if (mark.index < (gsize)g_utf8_strlen(line, (gssize)length)) {
        return FALSE;
    }
    while (length > 0 && g_ascii_isspace(line[length - 1])) {
        length--;
    }
    *out = (Position){.text = builder->tree->text, .line = 1};
    for (const char *end = memchr(line, '\n', length); end != NULL;
         end = memchr(line, '\n', length)) {
        length -= (gsize)(end + 1 - line);
        line = end + 1;
        out->line++;
    }
    out->column = (guint32)g_utf8_strlen(line, (gssize)length) + 1;
    return TRUE;
}

/* "expected a value, found the end of the file". To be freed. */
static char *make_message(const Builder *builder, const yaml_parser_t *parser,
                          const YamlWording *wording, Position *where)
{
    const char *problem = parser->problem != NULL ? parser->problem : "out of memory";
    const char *message = wording != NULL ? wording->wording : problem;
    const char *found = strstr(message, "something else");
    *where = position_at(builder, parser->problem_mark);
    return found != NULL && find_end(builder, parser->problem_mark, where)
               ? g_strdup_printf("%.*sthe end of the file", (int)(found - message), message)
               : g_strdup(message);
}

/* The parser's own error. What it was reading ("while scanning a quoted scalar") is told when that
 * began on another line: then the place of the error alone helps little. */
static void refuse_syntax(const Builder *builder, const yaml_parser_t *parser)
{
    const YamlWording *found = parser->problem != NULL ? yaml_wording_find(parser->problem) : NULL;
    Position where;
    g_autofree char *message = make_message(builder, parser, found, &where);
    Position beginning = position_at(builder, parser->context_mark);
    if (parser->context != NULL && found != NULL && found->is_at_beginning) {
        problems_add(builder->problems, beginning, "%s", message);
    } else if (parser->context == NULL || beginning.line >= where.line) {
        problems_add(builder->problems, where, "%s", message);
    } else {
        problems_add(builder->problems, where, "%s (%s that began at line %u, column %u)", message,
                     parser->context, beginning.line, beginning.column);
    }
}

static void parse_events(Builder *builder, yaml_parser_t *parser)
{
    gboolean goes_on = TRUE;
    while (goes_on) {
        yaml_event_t event;
        if (yaml_parser_parse(parser, &event) == 0) {
            refuse_syntax(builder, parser);
            return;
        }
        goes_on = event.type != YAML_STREAM_END_EVENT && add_event(builder, &event);
        /* The ends of collections, of which there are many, hold nothing. */
        if (event.type != YAML_MAPPING_END_EVENT && event.type != YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
        }
    }
}

static void parse_bytes(Builder *builder, const YamlBytes *bytes)
{
    yaml_parser_t parser;
    builder->bytes = bytes;
    if (yaml_parser_initialize(&parser) == 0) {
        problems_add(builder->problems, (Position){.text = builder->tree->text}, "out of memory");
        return;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes->bytes, bytes->length);
    parse_events(builder, &parser);
    yaml_parser_delete(&parser);
}

YamlTree *yaml_tree_parse_entries(const TrustedText *text, const YamlEntryReader *reader,
                                  Problems *problems)
{
    Builder builder = {.problems = problems, .errors_before = problems_count_errors(problems)};
    YamlBytes bytes = {0};
    if (!yaml_bytes_check(text, problems, &bytes)) {
        return NULL;
    }
    g_autoptr(YamlTree) tree = yaml_nodes_new(text, reader);
    builder.tree = tree;
    parse_bytes(&builder, &bytes);
    g_free(bytes.owned);
    yaml_nodes_trim(tree);
    return is_good(&builder) ? g_steal_pointer(&tree) : NULL;
}

YamlTree *yaml_tree_parse(const TrustedText *text, Problems *problems)
{
    return yaml_tree_parse_entries(text, NULL, problems);
}
