# What the scripts about sshd share: where things are, the lock, and how sshd is told to read again.
# It does nothing by itself. Each of the others says how it is run by hand together with this one.
# Everything can be tried elsewhere: ECSGUARD_SSHD_CONFIG, ECSGUARD_PASSWD, ECSGUARD_SHADOW and
# ECSGUARD_RUN name another configuration, other accounts, and another folder for the lock.
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin
export LC_ALL PATH
umask 022
set -f
config=${ECSGUARD_SSHD_CONFIG:-/etc/ssh/sshd_config}
passwd=${ECSGUARD_PASSWD:-/etc/passwd}
shadow=${ECSGUARD_SHADOW:-/etc/shadow}
lock=${ECSGUARD_RUN:-/run}/ecsguard-sshd.lock
# sshd wants to be called by its whole path.
sshd=$(command -v sshd)
# A link stays a link: what it leads to is edited.
if [ -L "$config" ]; then config=$(readlink -f "$config"); fi
did=looked because=none given=

# The file is read before any that has a name behind it, such as 50-cloud-init.conf: the first value counts.
dropin() { echo "$config.d/00-ecsguard-$1.conf"; }

# text is what is set for a purpose. Old versions of sshd have two settings for what PAM asks, newer ones two names for one.
text() {
	echo "# ecsguard $1: begin"
	case $1 in
	passwords) printf '%s\n' 'PasswordAuthentication no' 'KbdInteractiveAuthentication no' 'ChallengeResponseAuthentication no' ;;
	root) echo 'PermitRootLogin no' ;;
	esac
	echo "# ecsguard $1: end"
}

# taken has the lock, or ends. One whose owner is gone is taken over, and so is one of more than ten minutes: a run has one.
# What has begun is not ended in the middle by whoever asks it to.
taken() {
	if ! mkdir "$lock" 2>/dev/null; then
		owner=$(cat "$lock/pid" 2>/dev/null)
		if [ -z "$(find "$lock" -prune -mmin +10 2>/dev/null)" ]; then
			if [ -z "$owner" ] || kill -0 "$owner" 2>/dev/null; then refuse busy; fi
		fi
		rm -rf "$lock"
		mkdir "$lock" 2>/dev/null || refuse busy
	fi
	trap 'rm -rf "$lock"' EXIT
	trap '' HUP INT TERM
	echo $$ >"$lock/pid"
}

# cutOff tells whether a run has died in the middle: then nobody knows what sshd has read since.
cutOff() { [ -s "$lock/pid" ] && ! kill -0 "$(cat "$lock/pid")" 2>/dev/null; }

valid() { "$sshd" -t -f "$config" >/dev/null 2>&1; }

# whole is what holds without Match blocks. With one for a port sshd wants to be told of which port is asked.
whole() {
	"$sshd" -T -f "$config" $given 2>/dev/null && return
	port=$(setting "$("$sshd" -T -f "$config" $given -C lport=22 2>/dev/null)" port)
	"$sshd" -T -f "$config" $given -C "lport=${port:-22}" 2>/dev/null
}

# running is the number of the sshd that runs. What an old file says may be another process by now.
running() {
	pid=$(cat "$(setting "$(whole)" pidfile)" 2>/dev/null)
	if [ "$(cat "/proc/${pid:-none}/comm" 2>/dev/null)" = sshd ]; then echo "$pid"; fi
}

# again lets sshd read its configuration. It is not restarted, and sessions stay. Where a socket starts it for
# each connection it reads anyway.
again() {
	if [ -d /run/systemd/system ] && [ -z "$ECSGUARD_SSHD_CONFIG" ]; then
		for unit in ssh sshd; do
			if systemctl is-active --quiet $unit.service; then systemctl reload $unit.service; return; fi
		done
	fi
	pid=$(running)
	if [ -n "$pid" ]; then kill -HUP "$pid"; return; fi
	return 0
}

# setting is the value of one of what sshd -T has printed.
setting() { printf '%s\n' "$1" | awk -v key="$2" '$1 == key { sub(/^[^ ]+ */, ""); print; exit }'; }

# replaced puts a file in the place of another at once, with its owner, mode and label.
replaced() {
	mv -f "$1" "$2" && if command -v restorecon >/dev/null; then restorecon "$2" 2>/dev/null || :; fi
}
