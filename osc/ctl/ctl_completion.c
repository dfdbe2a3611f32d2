/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scripts only hand over the words before the cursor, to `completion words`, which prints what
 * the last one may become. What an argument may be is in the table of commands: arguments between
 * '|', words between blanks, and words in capitals for what the daemon has now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc/ctl/ctl.h"
#include "osc/ctl/ctl_text.h"
#include "osc/proto/topic.h"

static const char bash[] =
	"# bash completion of xenjackctl\n"
	"_xenjackctl()\n"
	"{\n"
	"\tlocal cur=${COMP_LINE:0:COMP_POINT} line=() name before=\n"
	"\t# Split words at blanks only: a port's name contains a colon.\n"
	"\tread -ra line <<<\"$cur\"\n"
	"\t[[ $cur == *[[:space:]] ]] && line+=('')\n"
	"\tcur=${line[-1]}\n"
	"\tCOMPREPLY=()\n"
	"\t# Bash splits words at colons: leave out what precedes the last one.\n"
	"\t[[ $cur == *:* && $COMP_WORDBREAKS == *:* ]] && before=${cur%\"${cur##*:}\"}\n"
	"\twhile read -r name; do\n"
	"\t\t[[ -n $name && $name == \"$cur\"* ]] &&\n"
	"\t\t\tCOMPREPLY+=(\"$(printf %q \"${name#\"$before\"}\")\")\n"
	"\tdone < <(if [[ ${line[-2]-} == --socket ]]; then compgen -f -- \"$cur\"\n"
	"\t\telse \"${line[0]}\" --timeout 1 completion words -- \"${line[@]:1}\" 2>/dev/null; fi)\n"
	"}\n"
	"complete -F _xenjackctl xenjackctl\n";

static const char zsh[] = "#compdef xenjackctl\n"
			  "_xenjackctl()\n"
			  "{\n"
			  "\tlocal -a names\n"
			  "\tif [[ ${words[CURRENT-1]} == --socket ]]; then\n"
			  "\t\t_files\n"
			  "\t\treturn\n"
			  "\tfi\n"
			  "\tnames=(\"${(@f)$(\"${words[1]}\" --timeout 1 completion words -- \\\n"
			  "\t\t\"${(@Q)words[2,CURRENT-1]}\" \"$PREFIX\" 2>/dev/null)}\")\n"
			  "\tcompadd -a names\n"
			  "}\n"
			  "if [[ ${funcstack[1]-} == _xenjackctl ]]; then\n"
			  "\t_xenjackctl \"$@\"\n"
			  "else\n"
			  "\tcompdef _xenjackctl xenjackctl\n"
			  "fi\n";

static const char fish[] =
	"# fish completion of xenjackctl\n"
	"function __xenjackctl\n"
	"\tset -l line (commandline -opc)\n"
	"\tset -l current (commandline -ct)\n"
	"\tset -l program $line[1]\n"
	"\tset -e line[1]\n"
	"\t$program --timeout 1 completion words -- $line \"$current\" 2>/dev/null\n"
	"end\n"
	"complete -c xenjackctl -f -a '(__xenjackctl)'\n"
	"complete -c xenjackctl -l socket -r -F\n";

/* Not if it had to be cleaned: it would not be the name. */
static void print_name(const char *name, const char *suffix)
{
	char *text = ctl_text("%s%s", name, suffix), *clean = ctl_text("%s", text);

	ctl_text_clean(clean);
	if (*name && strcmp(clean, text) == 0) {
		puts(text);
	}
	free(clean);
	free(text);
}

static const char *text_at(const struct ctl_answer *item, unsigned index)
{
	return index < item->count ? item->values[index].text : NULL;
}

/* Prints the name, the first value, of each item of a list, if its direction, too, is as wanted. */
static void print_list(struct ctl *ctl, const char *address, const char *direction,
		       const char *suffix)
{
	enum { NAME = 2, DIRECTION, PORT_ID = 7 };
	bool ports = strcmp(address, "/port/list") == 0;
	struct ctl_answers answers = { 0 };
	int status = ctl_get(ctl, address, &answers);

	for (unsigned i = 0; !status && i < answers.count; i++) {
		const struct ctl_answer *item = &answers.all[i];
		const char *name = text_at(item, NAME), *way = text_at(item, DIRECTION);

		if (!ctl_is_item(item) || !name ||
		    (direction && (!way || strcmp(way, direction) != 0))) {
			continue;
		}
		print_name(name, suffix);
		if (ports && text_at(item, PORT_ID)) {
			print_name(text_at(item, PORT_ID), "");
		}
	}
	ctl_answers_clear(&answers);
}

/* After the last comma: the topics before it stay. */
static void print_topics(const char *current)
{
	const char *comma = strrchr(current, ',');

	for (unsigned i = 0; i < TOPIC_COUNT; i++) {
		printf("%.*s%s\n", comma ? (int)(comma + 1 - current) : 0, current,
		       topic_at((enum topic_name)i)->name);
	}
}

static void print_commands(const struct ctl *ctl)
{
	for (const struct ctl_command *one = ctl->commands; one->name; one++) {
		puts(one->name);
	}
}

static void print_addresses(void)
{
	for (unsigned name = 0; name < TABLE_COUNT; name++) {
		puts(table_row((enum table_name)name)->path);
	}
}

/* What a word of the table of commands stands for. */
static void print_word(struct ctl *ctl, const char *word, const char *current)
{
	static const struct {
		const char *word, *address, *direction, *suffix;
	} lists[] = {
		{ "IDS", "/stream/list", NULL, "" },	{ "GUESTS", "/guest/list", NULL, ".*" },
		{ "PORTS", "/port/list", NULL, "" },	{ "PATCHES", "/patch/list", NULL, "" },
		{ "SOURCES", "/stream/list", "p", "" }, { "SOURCES", "/port/list", "out", "" },
		{ "SINKS", "/stream/list", "c", "" },	{ "SINKS", "/port/list", "in", "" },
	};
	bool known = false;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (strcmp(word, lists[i].word) == 0) {
			print_list(ctl, lists[i].address, lists[i].direction, lists[i].suffix);
			known = true;
		}
	}
	if (strcmp(word, "TOPICS") == 0) {
		print_topics(current);
	} else if (strcmp(word, "COMMANDS") == 0) {
		print_commands(ctl);
	} else if (strcmp(word, "ADDRESSES") == 0) {
		print_addresses();
	} else if (!known) {
		puts(word);
	}
}

/* The words of an argument, counted from 0. */
static void print_argument(struct ctl *ctl, const char *takes, int index, const char *current)
{
	char *copy = ctl_text("%s", takes), *rest = copy, *words = strsep(&rest, "|"), *word;

	while (index-- > 0 && words) {
		words = strsep(&rest, "|");
	}
	while (words && (word = strsep(&words, " "))) {
		print_word(ctl, word, current);
	}
	free(copy);
}

/* All words of a command line but its first; the last is to be completed. */
static int complete(struct ctl *ctl, int count, char **words)
{
	const struct ctl_command *command;
	char *current = count ? words[count - 1] : NULL;
	int status;

	if (!count || (count > 1 && ctl_options_valued(words[count - 2]))) {
		return CTL_OK;
	}
	words[--count] = NULL;
	status = ctl_options_take(ctl, words, &count);
	if (status >= 0) {
		return status;
	}
	command = count ? ctl_find(ctl, words[0]) : NULL;
	if (strncmp(current, "--", 2) == 0) {
		ctl_options_print();
	} else if (!count) {
		print_commands(ctl);
	} else if (command && command->takes) {
		bool flag = strcmp(words[0], "patch") == 0 && count == 2 &&
			    strcmp(words[1], "auto") == 0;

		print_argument(ctl, flag ? "|on off toggle" : command->takes, count - 1, current);
	}
	return CTL_OK;
}

int ctl_completion(struct ctl *ctl, int count, char **args)
{
	static const struct {
		const char *name, *script;
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	if (count && strcmp(args[0], "words") == 0) {
		return complete(ctl, count - 1, args + 1);
	}
	for (size_t i = 0; count == 1 && i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(args[0], shells[i].name) == 0) {
			fputs(shells[i].script, stdout);
			return CTL_OK;
		}
	}
	return ctl_usage(ctl);
}
