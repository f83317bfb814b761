# Switches off logins by password, or logins of root. By hand, as root:
#   cat sshd-lib.sh sshd-look.sh sshd-restrict.sh | sh -s restrict passwords
#   cat sshd-lib.sh sshd-look.sh sshd-restrict.sh | sh -s restrict root
# It writes a file that the configuration includes first or, where there is none, lines at its top; nothing else is
# changed. It refuses where nobody would be left who can log in, checks by sshd -t before and after, and takes back
# what it wrote if sshd does not then say what was asked for. Done twice it does nothing the second time.
# sshd-restore.sh takes it back.

# set tells whether the configuration, without Match blocks, says what is asked for.
asked() {
	global=$(whole)
	case $1 in
	passwords) [ "$(setting "$global" passwordauthentication)" = no ] && ! takes "$global" ;;
	root) [ "$(setting "$global" permitrootlogin)" = no ] ;;
	esac
}

# inTop writes the lines at the top of the configuration, before any Match. A copy has its name once it is whole.
inTop() {
	cp -p "$config" "$config.ecsguard-new" || return 1
	{ text "$1" && cat "$config"; } >"$config.ecsguard-new" || return 1
	"$sshd" -t -f "$config.ecsguard-new" >/dev/null 2>&1 || return 1
	cp -p "$config" "$config.ecsguard-copy" && mv -f "$config.ecsguard-copy" "$config.ecsguard-old" && replaced "$config.ecsguard-new" "$config"
}

cleared() { rm -f "$config.ecsguard-old" "$config.ecsguard-new" "$config.ecsguard-copy" "$config.ecsguard-aside" "$(dropin "$1").new"; }

# putBack undoes what this run has written. A file that was there before is somebody's.
putBack() {
	if [ -n "$wrote" ]; then rm -f "$(dropin "$1")"; fi
	if [ -e "$config.ecsguard-old" ]; then replaced "$config.ecsguard-old" "$config"; fi
	cleared "$1"
}

restrict() {
	taken
	look
	if [ "$state" = none ]; then refuse no-sshd; fi
	if [ "$state" = unreadable ] || ! valid; then refuse invalid; fi
	if asked "$1"; then
		again || refuse reload # a run before this one may have died before it
		cleared "$1"
		did=unchanged
		report
		return
	fi
	for way in $(setting "$global" authenticationmethods); do
		case $way in any) ;; *) refuse methods ;; esac
	done
	case $1 in
	passwords) if [ "$keys" = 0 ]; then refuse no-key; fi ;;
	root) if [ "$admins" = 0 ]; then refuse no-admin; fi ;;
	*) refuse unknown ;;
	esac
	cleared "$1"
	wrote=
	if [ -d "$config.d" ] && [ ! -e "$(dropin "$1")" ] && [ ! -L "$(dropin "$1")" ]; then
		text "$1" >"$(dropin "$1").new" && chmod 600 "$(dropin "$1").new" && replaced "$(dropin "$1").new" "$(dropin "$1")" && wrote=yes
	fi
	if ! valid || ! asked "$1"; then
		putBack "$1"
		if grep -q "^# ecsguard $1: " "$config" || ! inTop "$1" || ! valid || ! asked "$1"; then putBack "$1"; refuse no-effect; fi
	fi
	look
	if [ "$keys" = 0 ]; then putBack "$1"; refuse no-key; fi
	if [ "$1" = root ] && [ "$admins" = 0 ]; then putBack "$1"; refuse no-admin; fi
	if ! again; then putBack "$1"; again; refuse reload; fi
	cleared "$1"
	did=changed
	said # what was looked at just now
}

if [ "$1" = restrict ]; then restrict "$2"; fi
