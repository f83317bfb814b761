package guest

import "embed"

//go:embed *.sh
var files embed.FS

func sshdScript(about string, words []string, names ...string) Script {
	s := Script{About: about, Words: words, files: []string{"sshd-lib.sh"}}
	for _, name := range names {
		s.files = append(s.files, "sshd-"+name+".sh")
	}
	return s
}

func takingBack(s Script) Script {
	s.undo = true
	return s
}

// The scripts about sshd.
var (
	lookAtSSHD   = sshdScript("look at what sshd lets in", []string{"look"}, "look")
	PasswordsOff = sshdScript("switch off logins by password in sshd", []string{"restrict", "passwords"}, "look", "restrict")
	PasswordsOn  = takingBack(sshdScript("take back that logins by password were switched off in sshd", []string{"passwords"}, "restore"))
	RootOff      = sshdScript("switch off logins of root in sshd", []string{"restrict", "root"}, "look", "restrict")
	RootOn       = takingBack(sshdScript("take back that logins of root were switched off in sshd", []string{"root"}, "restore"))
)

// SSHD is what lets people in by SSH. Its report says whether passwords alone let users in by default and how many users they
// do (50 are looked at); whether root is let in by a key alone, by
// whatever others are, or by a password; and how many users have a key in a file, or that and root's rights by sudo.
var SSHD = Subject{
	Name: "ecsguard-sshd",
	What: "sshd",
	Form: Form{"ecsguard sshd 1", []Field{
		{"did", []string{"looked", "changed", "unchanged", "refused"}},
		{"because", []string{"none", "no-sshd", "invalid", "methods", "no-key", "no-admin", "no-effect", "reload", "busy", "unknown"}},
		{"sshd", []string{"present", "none", "unreadable"}},
		{"default", []string{"yes", "no"}},
		{"passwords", nil},
		{"root", []string{"no", "key", "yes", "password"}},
		{"keys", nil},
		{"admins", nil},
	}},
	Inspect: lookAtSSHD,
	Others:  []Script{PasswordsOff, PasswordsOn, RootOff, RootOn},
}

// Because says why a script has refused to change sshd; empty: it has not.
func (l Look) Because() string {
	if l.Values["did"] != "refused" {
		return ""
	}
	return refusals[l.Values["because"]]
}

var refusals = map[string]string{
	"no-sshd": "there is no sshd", "invalid": "sshd -t finds an error in the configuration",
	"methods":   "AuthenticationMethods asks for more than one way to log in, and would have none left",
	"no-key":    "no user could log in with a key that stands in a file of the instance",
	"no-admin":  "no other user could log in with a key and become root by sudo",
	"no-effect": "something else in the configuration wins, and everything is as it was", "reload": "sshd could not be told to read it, and everything is as it was",
	"busy": "another run was changing it", "unknown": "the script was asked for something that it does not know",
}
