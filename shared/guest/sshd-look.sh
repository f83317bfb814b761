# Says how one can log in by sshd, and changes nothing. By hand, as root:
#   cat sshd-lib.sh sshd-look.sh | sh
# What it prints is read by ecsguard in exactly this form, and read again after each change. It says numbers of
# users and never a name. Logins are judged as from 203.0.113.1, an address outside.

# logins are the users who have a shell, 50 at most: name, uid, home, shell. Those with unusual names and homes are left out.
logins() {
	awk -F: '$7 !~ /(nologin|false|sync|shutdown|halt)$/ && $7 !~ / / && $1 ~ /^[A-Za-z_][A-Za-z0-9_.-]*$/ && $6 ~ /^\/[A-Za-z0-9._\/-]*$/ && ++n <= 50 { print $1 ":" $3 ":" $6 ":" $7 }' "$passwd"
}

# options are what it was started with: these win over the configuration.
options() {
	pid=$(running)
	tr '\000' ' ' <"/proc/${pid:-self}/cmdline" 2>/dev/null | awk -v pid="$pid" 'pid != "" {
		for (i = 2; i <= NF; i++) if ($i == "-o") printf " -o %s", $(i + 1); else if ($i ~ /^-o./) printf " %s", $i
	}'
}

# as is what holds for a user, with Match blocks.
as() { "$sshd" -T -f "$config" $given -C "user=$1,host=outside.invalid,addr=203.0.113.1,laddr=192.0.2.1,lport=${port:-22}" 2>/dev/null; }

# takes tells whether settings let somebody in by a password alone. With PAM, what it asks is the password.
takes() {
	pw=$(setting "$1" passwordauthentication)
	if [ "$(setting "$1" usepam)" = yes ]; then
		case "$(setting "$1" kbdinteractiveauthentication) $(setting "$1" challengeresponseauthentication)" in *yes*) pw=yes ;; esac
	fi
	if [ "$pw" != yes ]; then return 1; fi
	for way in $(setting "$1" authenticationmethods); do
		case ",$way" in *,publickey* | *,hostbased* | *,gssapi*) ;; *) return 0 ;; esac
	done
	[ -z "$(setting "$1" authenticationmethods)" ]
}

# admitted tells whether lists of users and groups let a user in, as far as that is plain.
admitted() {
	printf '%s\n' "$1" | awk -v user="$2" '
		$1 ~ /^(denyusers|denygroups|allowgroups)$/ { other = 1 }
		$1 == "allowusers" { lists = 1; for (i = 2; i <= NF; i++) if ($i == user) named = 1 }
		END { exit other || lists && !named }'
}

# trusted tells whether sshd reads a file for a user: he can read it, and up to his home, or else to the top, all belongs to
# root or him and is written by nobody else.
trusted() {
	path=$1 strict=1 first=1
	while :; do
		ls -ldn "$path" 2>/dev/null | awk -v uid="$2" -v strict="$strict" -v first="$first" '
			{
				own = $3 == uid
				if (strict && ($3 != 0 && !own || substr($1, 6, 1) == "w" || substr($1, 9, 1) == "w")) bad = 1
				if (uid != 0 && first && substr($1, own ? 2 : 8, 1) != "r") bad = 1
				if (uid != 0 && !first && substr($1, own ? 4 : 10, 1) !~ /[xst]/) bad = 1
			}
			END { exit NR != 1 || bad }' || return 1
		if [ "$path" = "$3" ]; then strict=0; fi
		case $path in / | // | .) return 0 ;; esac
		path=$(dirname "$path") first=0
	done
}

# works tells whether sshd takes one of the keys in a file. A key with options does not count, since these may limit it.
works() {
	kinds=$(setting "$held" pubkeyacceptedalgorithms)$(setting "$held" pubkeyacceptedkeytypes)
	size=$(setting "$held" requiredrsasize)
	grep -E '^(ssh-rsa|ssh-ed25519|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9@.-]+)[[:space:]]+[A-Za-z0-9+/=]{60}' "$1" 2>/dev/null | (
		while read -r kind key; do
			case ,${kinds:-$kind}, in
			*",$kind,"*) ;;
			*,rsa-sha2-*) [ "$kind" = ssh-rsa ] || continue ;;
			*) continue ;;
			esac
			bits=$(printf '%s %s\n' "$kind" "$key" | ssh-keygen -l -f - 2>/dev/null | awk '{ print $1 + 0 }')
			if [ "${bits:-0}" = 0 ] || { [ "$kind" = ssh-rsa ] && [ "$bits" -lt "${size:-1024}" ]; }; then continue; fi
			exit 0
		done
		exit 1
	)
}

# over tells whether an account has expired.
over() {
	awk -F: -v user="$1" -v today=$(($(date +%s) / 86400)) '
		$1 == user && ($8 != "" && $8 <= today || $5 != "" && $7 != "" && $3 + $5 + $7 < today) { over = 1 }
		END { exit !over }' "$shadow" 2>/dev/null
}

# keyed tells whether a user can log in to a shell with a key that stands in a file, by what is held of him.
# What AuthorizedKeysCommand answers nobody knows beforehand, so it does not count.
keyed() {
	if [ "$(setting "$held" pubkeyauthentication)" != yes ] || ! admitted "$held" "$1" || over "$1"; then return 1; fi
	case ${4##*/} in '' | sh | bash | dash | ash | zsh | ksh | ksh93 | mksh | csh | tcsh | fish) ;; *) return 1 ;; esac
	if [ -n "$4" ] && [ ! -x "$4" ]; then return 1; fi
	for limit in forcecommand chrootdirectory revokedkeys; do
		case $(setting "$held" $limit) in '' | none) ;; *) return 1 ;; esac
	done
	if [ "$2" = 0 ]; then case $(setting "$held" permitrootlogin) in yes | *-password) ;; *) return 1 ;; esac; fi
	if [ "$(setting "$held" usepam)" != yes ] && awk -F: -v user="$1" '$1 == user && $2 ~ /^!/ { locked = 1 } END { exit !locked }' "$shadow" 2>/dev/null; then return 1; fi
	for way in $(setting "$held" authenticationmethods); do
		case $way in any | publickey) ;; *) return 1 ;; esac
	done
	for file in $(setting "$held" authorizedkeysfile); do
		file=$(printf '%s\n' "$file" | awk -v home="$3" -v user="$1" '{ gsub(/%h/, home); gsub(/%u/, user); gsub(/%%/, "%"); if ($0 !~ /^\//) $0 = home "/" $0; print }')
		if trusted "$file" "$2" "$3" && works "$file"; then return 0; fi
	done
	return 1
}

# admin tells whether a user may become root: by sudo, for whatever he likes, with a password of his that is there or without one.
admin() {
	rules=$(sudo -n -l -U "$1" 2>/dev/null)
	case $(printf '%s\n' "$rules" | awk '/^ +\((ALL|root)( : [^)]*)?\) ([A-Z_]+: )*ALL$/ { last = $0 } END { print last }') in
	'') return 1 ;;
	*NOPASSWD:*) return 0 ;;
	esac
	case $rules in *targetpw* | *rootpw* | *runaspw*) return 1 ;; esac
	awk -F: -v user="$1" '$1 == user && $2 ~ /^\$/ { has = 1 } END { exit !has }' "$shadow" 2>/dev/null
}

# look counts. Only where there is a Match block may users differ from each other and from what holds by default.
look() {
	state=present default=no root=no passwords=0 keys=0 admins=0
	if [ -z "$sshd" ]; then state=none; return; fi
	given=
	given=$(options)
	global=$(whole)
	port=$(setting "$global" port)
	if [ -z "$(setting "$global" passwordauthentication)" ]; then state=unreadable; return; fi
	if takes "$global"; then default=yes; fi
	super=$(as root)
	case $(setting "$super" permitrootlogin) in
	yes) root=yes; if takes "$super"; then root=password; fi ;;
	no) ;;
	'') state=unreadable; return ;;
	*) root=key ;;
	esac
	for user in $(logins); do
		home=${user#*:*:} name=${user%%:*} shell=${user##*:}
		home=${home%:*}
		uid=${user#*:} uid=${uid%%:*}
		if [ "$name" = root ]; then held=$super; else held=$(as "$name"); fi
		if [ -z "$held" ]; then state=unreadable; return; fi
		if takes "$held" && { [ "$uid" != 0 ] || [ "$root" = password ]; }; then passwords=$((passwords + 1)); fi
		if keyed "$name" "$uid" "$home" "$shell"; then
			keys=$((keys + 1))
			if [ "$uid" != 0 ] && admin "$name"; then admins=$((admins + 1)); fi
		fi
	done
	if cutOff; then
		default=yes
		if [ "$root" = no ]; then root=yes; fi
	fi
}

report() {
	look
	said
}

said() {
	echo "ecsguard sshd 1"
	for line in "did $did" "because $because" "sshd $state" "default $default" "passwords $passwords" "root $root" "keys $keys" "admins $admins"; do
		echo "$line"
	done
	echo end
}

refuse() {
	did=refused because=$1
	report
	exit 3
}

if [ "${1:-look}" = look ]; then report; fi
