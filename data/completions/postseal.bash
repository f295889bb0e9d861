# bash completion for postseal(1)                            SPDX-License-Identifier: MPL-2.0

# The addresses of one's own accounts, or of everybody known: "_postseal_addresses account list", "... peers".
_postseal_addresses() {
	"${COMP_WORDS[0]}" "${_postseal_home[@]}" "$@" 2>/dev/null | sed -n 's/^\([^ :]*@[^ :]*\).*/\1/p'
}

# The mail programs that how-to pages know.
_postseal_programs() {
	_postseal_words "$("${COMP_WORDS[0]}" howto list 2>/dev/null | sed -n 's/^{"program":"\([a-z-]*\)".*/\1/p')"
}

_postseal_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_postseal_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

# What follows an option that takes an argument; false if $prev is none.
_postseal_option_argument() {
	case $prev in
	--home | --out-dir)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	--p12 | --join | --passphrase-file | --password-file | --servers | --tls-ca | --verdict) _postseal_files ;;
	--profile) _postseal_words 'compatible rsa2048 p256 modern' ;;
	--mode) _postseal_words 'auto signature unobtrusive header' ;;
	--level) _postseal_words 'plain signed sealed' ;;
	--state) _postseal_words 'ready none changed expired conflict refused recipient-cannot sender-cannot' ;;
	--rule) _postseal_words 'lists=open lists=reseal lists=no forward=open forward=sealed forward=no reply=open reply=sealed expires=' ;;
	--rcpt) _postseal_words "$(_postseal_addresses peers)" ;;
	--from)
		if [[ $command == howto* ]]; then
			_postseal_programs
		else
			_postseal_words "$(_postseal_addresses account list)"
		fi
		;;
	--account) _postseal_words "$(_postseal_addresses account list)" ;;
	--to)
		[[ $command == howto* ]] && _postseal_programs
		return 0
		;;
	--base | --at | --name | --authserv-id | --join-code | --imap | --pop3 | --submission | --user) ;;
	*) return 1 ;;
	esac
}

# The options of each command.
_postseal_options() {
	local common='--home --json --at --help'
	case $1 in
	'') echo "$common --version" ;;
	'account add') echo "$common --name --profile --mode --p12 --join --passphrase-file --replace" ;;
	'account cert') echo "$common --root --pem --der" ;;
	'account export') echo "$common --p12 --modern --passphrase-file" ;;
	'account import' | backup | restore) echo "$common --passphrase-file" ;;
	'account rotate') echo "$common --new-root --compromised" ;;
	'account set') echo "$common --authserv-id" ;;
	setup) echo "$common --name --password-file --join-code --share --replace --servers --imap --pop3 --submission --user --managed --tls-ca" ;;
	login) echo "$common --device --new-password" ;;
	page) echo "$common --print" ;;
	reopen) echo "$common --account --password-file" ;;
	protect) echo "$common --from --level --rcpt --rule --override-author --out-dir" ;;
	explain) echo "$common --rcpt" ;;
	open) echo "$common --learn --verdict" ;;
	'howto url') echo "$common --from --to --state --base" ;;
	'howto export') echo "$common --base" ;;
	*) echo "$common" ;;
	esac
}

# The arguments of each command.
_postseal_arguments() {
	case $1 in
	'') _postseal_words 'account setup login doctor page reopen backup restore protect open verify learn explain can-seal peers trust rule howto' ;;
	account) _postseal_words 'add list show remove cert export import rotate set' ;;
	trust) _postseal_words 'accept refuse verify anchors online' ;;
	rule) _postseal_words 'set list unset' ;;
	howto) _postseal_words 'recognise list url export' ;;
	'account show' | 'account remove' | 'account cert' | 'account export' | 'account rotate' | 'account set')
		_postseal_words "$(_postseal_addresses account list)"
		;;
	setup | login) _postseal_words "$(_postseal_addresses account list)" ;;
	reopen) _postseal_words 'INBOX' ;;
	'trust online') _postseal_words 'on off' ;;
	'trust anchors')
		if [[ $prev == anchors ]]; then
			_postseal_words 'add list remove'
		else
			_postseal_files
		fi
		;;
	'trust '*)
		if [[ $prev == *@* ]]; then
			_postseal_words "$("${COMP_WORDS[0]}" "${_postseal_home[@]}" peers "$prev" 2>/dev/null |
				sed -n 's/^  [*?] \([0-9a-f]*\)$/\1/p')"
		else
			_postseal_words "$(_postseal_addresses peers)"
		fi
		;;
	'rule set')
		if [[ $prev == *@* ]]; then
			_postseal_words 'plain signed sealed'
		else
			_postseal_words "$(_postseal_addresses peers)"
		fi
		;;
	'rule unset') _postseal_words "$("${COMP_WORDS[0]}" "${_postseal_home[@]}" rule list 2>/dev/null | cut -d' ' -f1)" ;;
	'howto export')
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	can-seal | peers) _postseal_words "$(_postseal_addresses peers)" ;;
	'account import' | backup | restore | protect | open | verify | learn | explain | 'howto recognise') _postseal_files ;;
	esac
}

_postseal() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' word i
	local -a _postseal_home=()
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--home) _postseal_home=(--home "${COMP_WORDS[i + 1]}") && i=$((i + 1)) ;;
		--at) i=$((i + 1)) ;;
		-*) [[ -z $command ]] || break ;;
		account | trust | rule | howto) [[ -n $command ]] && break || command=$word ;;
		*)
			case $command in
			'') command=$word && [[ $word != account ]] && break ;;
			account | trust | rule | howto) command="$command $word" && break ;;
			esac
			;;
		esac
	done
	_postseal_option_argument && return
	if [[ $cur == -* ]]; then
		_postseal_words "$(_postseal_options "$command")"
	else
		_postseal_arguments "$command"
	fi
}

complete -F _postseal postseal
