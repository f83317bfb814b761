# Says how one can log in by sshd, and changes nothing. By hand, as root:
#   cat sshd-lib.sh sshd-look.sh | sh
# What it prints is read by ecsguard in exactly this form, and read again after each change. It says numbers of
# users and never a name. Logins are judged as from 203.0.113.1, an address outside.

# logins are the users who have a shell, 50 at most: name, uid, home. Those with unusual names and homes are left out.
logins() {
	awk -F: '$7 !~ /(nologin|false|sync|shutdown|halt)$/ && $1 ~ /^[A-Za-z_][A-Za-z0-9_.-]*$/ && $6 ~ /^\/[A-Za-z0-9._\/-]*$/ && ++n <= 50 { print $1 ":" $3 ":" $6 }' "$passwd"
}

# as is what holds for a user, with Match blocks.
as() { "$sshd" -T -f "$config" -C "user=$1,host=outside.invalid,addr=203.0.113.1" 2>/dev/null; }

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

# safe tells whether sshd trusts a path: owned by root or the user, and written by nobody else.
safe() {
	[ -e "$1" ] && [ -z "$(find "$1" -prune \( -perm -020 -o -perm -002 \) 2>/dev/null)" ] &&
		case $(ls -ldn "$1" | awk '{ print $3 }') in 0 | "$2") ;; *) return 1 ;; esac
}

# keyed tells whether a user can log in with a key that stands in a file: without options, since these may limit it.
# What AuthorizedKeysCommand answers nobody knows beforehand, so it does not count.
keyed() {
	held=$(as "$1")
	if [ "$(setting "$held" pubkeyauthentication)" != yes ] || ! admitted "$held" "$1"; then return 1; fi
	if [ "$2" = 0 ]; then case $(setting "$held" permitrootlogin) in yes | *-password) ;; *) return 1 ;; esac; fi
	if [ "$(setting "$held" usepam)" != yes ] && awk -F: -v user="$1" '$1 == user && $2 ~ /^!/ { locked = 1 } END { exit !locked }' "$shadow" 2>/dev/null; then return 1; fi
	for way in $(setting "$held" authenticationmethods); do
		case $way in any | publickey) ;; *) return 1 ;; esac
	done
	for file in $(setting "$held" authorizedkeysfile); do
		file=$(printf '%s\n' "$file" | awk -v home="$3" -v user="$1" '{ gsub(/%h/, home); gsub(/%u/, user); gsub(/%%/, "%"); if ($0 !~ /^\//) $0 = home "/" $0; print }')
		if grep -Eq '^(ssh-rsa|ssh-ed25519|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9@.-]+) +[A-Za-z0-9+/=]{60}' "$file" 2>/dev/null &&
			safe "$file" "$2" && safe "$(dirname "$file")" "$2" && safe "$3" "$2"; then return 0; fi
	done
	return 1
}

# admin tells whether a user may become root: by sudo, with a password that is there or without one.
admin() {
	may=$(sudo -n -l -U "$1" 2>/dev/null | grep -E '\((ALL|root)( : |\))')
	case $may in
	'') return 1 ;;
	*NOPASSWD:*) return 0 ;;
	esac
	awk -F: -v user="$1" '$1 == user && $2 ~ /^\$/ { has = 1 } END { exit !has }' "$shadow" 2>/dev/null
}

# look counts. Only where there is a Match block may users differ from each other and from what holds by default.
look() {
	state=present default=no root=no passwords=0 keys=0 admins=0
	if [ -z "$sshd" ] || [ ! -e "$config" ]; then state=none; return; fi
	global=$("$sshd" -T -f "$config" 2>/dev/null)
	if [ -z "$(setting "$global" passwordauthentication)" ]; then state=unreadable; return; fi
	if takes "$global"; then default=yes; fi
	super=$(as root)
	case $(setting "$super" permitrootlogin) in
	yes) root=yes; if takes "$super"; then root=password; fi ;;
	no) ;;
	*) root=key ;;
	esac
	for user in $(logins); do
		home=${user#*:*:} name=${user%%:*}
		uid=${user#*:} uid=${uid%%:*}
		if [ "$uid" = 0 ]; then held=$super; else held=$(as "$name"); fi
		if takes "$held" && { [ "$uid" != 0 ] || [ "$root" = password ]; }; then passwords=$((passwords + 1)); fi
		if keyed "$name" "$uid" "$home"; then
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
