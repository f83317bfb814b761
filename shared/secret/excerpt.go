package secret

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// shownWords are the words that may be shown of a script: programs, and files, by which a person sees what it is
// about. Any other word may be a password, and is left out.
var shownWords = func() map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(`
		curl wget bash sh dash zsh ksh python python2 python3 perl ruby php node nc ncat socat telnet ssh scp sftp rsync ftp tftp ping dig nslookup
		useradd adduser usermod userdel passwd chpasswd groupadd visudo sudo su chattr chmod chown chgrp setfacl cp mv rm mkdir ln dd tar gzip gunzip unzip zip
		cat tee sed awk grep find xargs echo printf head tail sort base64 xxd openssl gpg env export source eval exec nohup setsid screen tmux at crontab
		systemctl service chkconfig init reboot shutdown halt kill pkill killall ps top netstat ss lsof ip ifconfig route iptables ip6tables nft firewall-cmd ufw
		setenforce auditctl history unset insmod modprobe mount umount fdisk mkfs lsblk yum dnf apt apt-get rpm dpkg pip pip3 npm go gcc make git
		docker kubectl crictl ctr helm mysql mysqldump psql redis-cli mongo sqlplus aliyun ossutil terraform ansible
		if then else fi for in do done while case esac function return exit true false set cd pwd ls whoami id hostname uname date sleep test wait trap
		powershell pwsh cmd net net1 reg schtasks sc wmic certutil bitsadmin mshta rundll32 regsvr32 cscript wscript vssadmin wevtutil netsh
		invoke-webrequest iwr invoke-expression iex invoke-restmethod new-object start-process set-executionpolicy set-mppreference add-mppreference new-localuser
		add-localgroupmember register-scheduledtask start-service stop-service new-service remove-item get-content set-content out-file start-bitstransfer
		/bin/bash /bin/sh /usr/bin/env /dev/null /dev/tcp /etc/passwd /etc/shadow /etc/sudoers /etc/crontab /etc/hosts /etc/ssh/sshd_config /etc/rc.local /etc/ld.so.preload
		/root/.ssh/authorized_keys ~/.ssh/authorized_keys /tmp /var/tmp /dev/shm /var/log`) {
		all[word] = true
	}
	return all
}()

var (
	scriptPart = regexp.MustCompile("[a-zA-Z]+://[^\\s'\"`<>|;()]+|[0-9A-Za-z_.:/~-]+|[|&;<>]+|\\S")
	hostName   = regexp.MustCompile(`^[0-9A-Za-z-]+(\.[0-9A-Za-z-]+){1,8}$`)

	shownSchemes = map[string]bool{"http": true, "https": true, "ftp": true, "sftp": true, "ssh": true, "tcp": true, "ldap": true, "ldaps": true, "rmi": true, "oss": true, "git": true}
)

// excerptBytes is how long an excerpt is at most.
const excerptBytes = 140

// Excerpt is what a script does as far as it may be shown: words that are known, hosts and addresses, and what joins
// them. What it says of a secret is at most that something is there.
func Excerpt(script string) string {
	var b strings.Builder
	last := ""
	for _, t := range scriptPart.FindAllString(script, 4000) {
		shown := shownOf(t)
		if shown == "…" && last == "…" {
			continue
		}
		if b.Len()+len(shown) > excerptBytes {
			b.WriteString(" …")
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(shown)
		last = shown
	}
	return b.String()
}

// shownOf is a part of a script, or … in its place.
func shownOf(t string) string {
	switch {
	case strings.Trim(t, "|&;<>") == "", shownWords[strings.ToLower(t)]:
		return t
	case strings.Contains(t, "://"):
		// Who is asked stands behind whatever lets somebody in, and before what may be a secret by itself.
		if u, err := url.Parse(t); err == nil && shownSchemes[u.Scheme] && hostName.MatchString(u.Hostname()) {
			return u.Scheme + "://" + u.Hostname() + "/…"
		}
		return "…"
	}
	if _, err := netip.ParseAddr(t); err == nil {
		return t
	}
	if a, err := netip.ParseAddrPort(t); err == nil {
		return a.String()
	}
	return "…"
}
