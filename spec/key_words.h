/* The words that the rows of a .def file are made of: designated initialisers of KeyRow. For the
 * files that make a table of a .def file, and no others. */
#pragma once

#include "spec/key_table.h"

#define TEXT(max)               .type = TYPE_TEXT, .minimum = 1, .maximum = (max)
#define PATH                    .type = TYPE_PATH, .minimum = 1, .maximum = TEXT_MAX
#define NAME                    .type = TYPE_NAME
#define LABEL                   .type = TYPE_LABEL
#define WORD(list_of_words)     .type = TYPE_WORD, .words = (list_of_words)
#define INTEGER(low, high)      .type = TYPE_INTEGER, .minimum = (low), .maximum = (high)
#define SIZE_MIB(low, high)     .type = TYPE_SIZE_MIB, .minimum = (low), .maximum = (high)
#define SECONDS(low, high)      .type = TYPE_SECONDS, .minimum = (low), .maximum = (high)
#define TIMESTAMP               .type = TYPE_TIMESTAMP
#define BOOLEAN                 .type = TYPE_BOOLEAN
#define SWITCH(list_of_words)   .type = TYPE_SWITCH, .words = (list_of_words)
#define UUID                    .type = TYPE_UUID
#define MAC                     .type = TYPE_MAC
#define TABLE(item_table)       .type = TYPE_TABLE, .table = &(item_table)
#define RAW_MAP                 .type = TYPE_RAW_MAP
#define NODE                    .type = TYPE_NODE
#define LIST_OF(most)           .list = LIST_ALWAYS, .items_maximum = (most)
#define ONE_OR_LIST(most)       .list = LIST_OR_ONE, .items_maximum = (most)
#define CHECK(function)         .check = (function)
#define DEFAULT(text)           .default_text = (text)
#define REQUIRED                .is_required = TRUE
#define NOT_IN_PROFILE          .not_in_profile = TRUE
#define RUNS_PROGRAM            .runs_program = TRUE
#define PV                      GUEST_PV
#define PVH                     GUEST_PVH
#define HVM                     GUEST_HVM
#define GUESTS(types)           .guests = (types)
#define XL(text)                .xl_name = (text)
#define XM(text)                .xm_name = (text)
#define XEN(text)               .xl_name = (text), .xm_name = (text)
#define XL_BESIDE(other, text)  .beside = (other), .xl_name_beside = (text)
#define XL_WORDS(list_of_words) .xl_words = (list_of_words)
#define ALSO(key, word)         .also_name = (key), .also_word = (word)
#define FLAG(no, yes)           .flags = {(no), (yes)}
#define SINCE(major, minor)     .since = XEN_RELEASE(major, minor)
#define LATE(word, maj, min)    .late_word = (word), .late_since = XEN_RELEASE(maj, min)
#define IN_DOM0(what)           .in_dom0 = DOM0_##what
#define BOUND(by)               .bound = BOUND_##by
#define UNBOUND                 BOUND(NOTHING)
#define FREE(list_of_texts)     .free_texts = (list_of_texts)
#define IN_GUEST_BESIDE(other)  .in_guest_beside = (other)
#define XM_SINCE(major, minor)  .xm_since = XEN_RELEASE(major, minor)
#define XM_GUESTS(types)        .xm_guests = (types)
#define XM_WORDS(list_of_words) .xm_words = (list_of_words)
#define XM_ONE                  .xm_list = XM_LIST_ONE
#define XM_JOINED               .xm_list = XM_LIST_JOINED
#define XM_CHECK(function)      .xm_check = (function)
#define LAST_IN_STRING          .is_last_in_string = TRUE
#define CONTROL                 .change = CHANGE_NONE
#define RECREATE                .change = CHANGE_RECREATE
#define NEXT_START              .change = CHANGE_NEXT_START
#define LIVE(command)           .change = CHANGE_LIVE, .live = LIVE_##command
#define XL_DEFAULT(text)        .xl_default = (text)
#define XM_DEFAULT(text)        .xm_default = (text)
#define NUMBERED                .is_numbered = TRUE
#define SEEN(path)              .seen = SEEN_SURELY, .seen_path = (path)
#define SEEN_ROUGH(path)        .seen = SEEN_ROUGHLY, .seen_path = (path)
#define SEEN_WORDS(list)        .seen_words = (list)
#define SEEN_ABSENT(text)       .seen_absent = (text)
#define DEVICES(altered)        .changed = CHANGE_##altered
#define IDENTITY                .is_identity = TRUE
#define NEARLY(difference)      .tolerance = (difference)
