/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "osc/ctl/ctl.h"

/* The script gets names from xenjackctl: of commands, and of what the daemon has now. */
static const char bash[] =
	"# bash completion of xenjackctl\n"
	"_xenjackctl()\n"
	"{\n"
	"\tlocal cur=${COMP_LINE:0:COMP_POINT} line=() where=() args=() i names=\n"
	"\t# Split words at blanks only: a port's name contains a colon.\n"
	"\tread -ra line <<<\"$cur\"\n"
	"\t[[ $cur == *[[:space:]] ]] && line+=('')\n"
	"\tcur=${line[-1]}\n"
	"\tfor ((i = 1; i < ${#line[@]} - 1; i++)); do\n"
	"\t\tcase ${line[i]} in\n"
	"\t\t--socket | --udp | --url)\n"
	"\t\t\twhere=(\"${line[i]}\" \"${line[i + 1]}\") i=$((i + 1)) ;;\n"
	"\t\t--timeout | --interval) i=$((i + 1)) ;;\n"
	"\t\t--socket=* | --udp=* | --url=*) where=(\"${line[i]}\") ;;\n"
	"\t\t--*) ;;\n"
	"\t\t*) args+=(\"${line[i]}\") ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t_xenjackctl_names()\n"
	"\t{\n"
	"\t\t\"${line[0]}\" --timeout 1 \"${where[@]}\" completion \"$@\" 2>/dev/null\n"
	"\t}\n"
	"\tif [[ ${line[-2]-} == --socket ]]; then\n"
	"\t\tnames=$(compgen -f -- \"$cur\")\n"
	"\telif [[ $cur == --* ]]; then\n"
	"\t\tnames='--socket --udp --url --json --once --timeout --interval --version --help'\n"
	"\telif ((${#args[@]} == 0)); then\n"
	"\t\tnames=$(_xenjackctl_names commands)\n"
	"\telse\n"
	"\t\tcase ${args[0]}:${#args[@]} in\n"
	"\t\tinfo:1 | trim:1 | meters:1 | kick:1)\n"
	"\t\t\tnames=$(_xenjackctl_names streams) ;;\n"
	"\t\tgain:1 | fader:1 | mute:1)\n"
	"\t\t\tnames=$(_xenjackctl_names streams; _xenjackctl_names guests) ;;\n"
	"\t\tsolo:1) names=$(_xenjackctl_names streams; echo clear) ;;\n"
	"\t\tstats:1) names=$(_xenjackctl_names streams; echo reset) ;;\n"
	"\t\tstats:2) names=$(_xenjackctl_names streams) ;;\n"
	"\t\tsave:1 | load:1) names=$(_xenjackctl_names patches) ;;\n"
	"\t\tlatency:1) names=$(_xenjackctl_names streams; _xenjackctl_names ports) ;;\n"
	"\t\tconnect:1) names=$(_xenjackctl_names ports out) ;;\n"
	"\t\tconnect:2) names=$(_xenjackctl_names ports in) ;;\n"
	"\t\tdisconnect:1) names=$(_xenjackctl_names ports; _xenjackctl_names streams) ;;\n"
	"\t\tdisconnect:2) names=$(_xenjackctl_names ports in) ;;\n"
	"\t\tports:1 | connections:1) names=$(_xenjackctl_names ports) ;;\n"
	"\t\tports:2) names='in out' ;;\n"
	"\t\tmute:2) names='on off toggle' ;;\n"
	"\t\tsolo:2) names='on off' ;;\n"
	"\t\tpatch:1) names='list store recall delete auto' ;;\n"
	"\t\tpatch:2)\n"
	"\t\t\tif [[ ${args[1]} == auto ]]; then names='on off'\n"
	"\t\t\telse names=$(_xenjackctl_names patches); fi ;;\n"
	"\t\twatch:1) names='params streams ports jack stats meters heartbeat echo all' ;;\n"
	"\t\thelp:1) names=$(_xenjackctl_names commands; _xenjackctl_names addresses) ;;\n"
	"\t\traw:1) names=$(_xenjackctl_names addresses) ;;\n"
	"\t\tcompletion:1) names=bash ;;\n"
	"\t\tesac\n"
	"\tfi\n"
	"\tCOMPREPLY=()\n"
	"\tlocal name before=\n"
	"\t# Bash splits words at colons: leave out what precedes the last one.\n"
	"\t[[ $cur == *:* && $COMP_WORDBREAKS == *:* ]] && before=${cur%\"${cur##*:}\"}\n"
	"\twhile read -r name; do\n"
	"\t\t[[ -n $name && $name == \"$cur\"* ]] &&\n"
	"\t\t\tCOMPREPLY+=(\"$(printf %q \"${name#\"$before\"}\")\")\n"
	"\tdone < <(if [[ $names == *$'\\n'* ]]; then printf '%s\\n' \"$names\"\n"
	"\t\telse printf '%s\\n' $names; fi)\n"
	"}\n"
	"complete -F _xenjackctl xenjackctl\n";

/* Prints the name, the first value, of each item of a list. */
static int print_names(struct ctl *ctl, const char *address, const char *direction,
		       const char *suffix)
{
	const unsigned index = 2;
	struct ctl_answers answers = { 0 };
	int status = ctl_get(ctl, address, &answers);

	for (unsigned i = 0; !status && i < answers.count; i++) {
		const struct ctl_answer *answer = &answers.all[i];

		if (ctl_is_item(answer) && answer->count > index && answer->values[index].text &&
		    (!direction || (answer->count > 3 && answer->values[3].text &&
				    strcmp(answer->values[3].text, direction) == 0))) {
			printf("%s%s\n", answer->values[index].text, suffix);
		}
	}
	ctl_answers_clear(&answers);
	return status;
}

int ctl_completion(struct ctl *ctl, int count, char **args)
{
	const char *what = count ? args[0] : "";

	if (strcmp(what, "bash") == 0) {
		fputs(bash, stdout);
	} else if (strcmp(what, "commands") == 0) {
		for (const struct ctl_command *one = ctl->commands; one->name; one++) {
			puts(one->name);
		}
	} else if (strcmp(what, "addresses") == 0) {
		for (unsigned name = 0; name < TABLE_COUNT; name++) {
			puts(table_row((enum table_name)name)->path);
		}
	} else if (strcmp(what, "streams") == 0) {
		return print_names(ctl, "/stream/list", NULL, "");
	} else if (strcmp(what, "guests") == 0) {
		return print_names(ctl, "/guest/list", NULL, ".*");
	} else if (strcmp(what, "ports") == 0) {
		return print_names(ctl, "/port/list", count > 1 ? args[1] : NULL, "");
	} else if (strcmp(what, "patches") == 0) {
		return print_names(ctl, "/patch/list", NULL, "");
	} else {
		return ctl_usage(ctl);
	}
	return CTL_OK;
}
