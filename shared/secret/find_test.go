package secret

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// The keys of these tests are made up here, so that nobody finds one in the source.
var (
	keyID  = "LTAI" + "5tQmW7eRk2ZpXc9VbN4j"
	hidden = "q7Xv2Lk9" + "ZtR4mWc8BnH3yJpD6sGfAe"
	other  = "LTAI" + "4Gk8PwZx2MvQr7Yt"
	second = "M3nB8vC1" + "xZ6aS9dF4gH7jK2lQ5wE0r"
)

// said is what was found, in words that a test can compare: nothing of a secret but its end.
func said(all []Found) string {
	var words []string
	for _, f := range all {
		words = append(words, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", f.Kind, f.ID, f.Secret, f.Within)))
	}
	return strings.ReplaceAll(strings.Join(words, "; "), "  ", " ")
}

func found(text string) []Found {
	all, _ := Find([]byte(text))
	return all
}

func packed(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// folded is base64 as a MIME message has it.
func folded(text string) string {
	var b strings.Builder
	for rest := encoded(text); rest != ""; {
		n := min(76, len(rest))
		b.WriteString(rest[:n] + "\r\n")
		rest = rest[n:]
	}
	return b.String()
}

// parts is user data as cloud-init takes it.
func parts(t testing.TB, encoding, script string) string {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=%q\nMIME-Version: 1.0\n\n", w.Boundary())
	for kind, body := range map[string]string{"text/cloud-config": folded("#cloud-config\npackages: [nginx]\n"), "text/x-shellscript": script} {
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Type": {kind}, "Content-Transfer-Encoding": {encoding}})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(part, body)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func wide(text string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	return b.String()
}

// Base64 that a tool has broken into lines holds the key that it holds, and no shorter one.
func TestBase64InLines(t *testing.T) {
	for pad := range 60 {
		packed := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("#", pad) + "\nexport AK=" + keyID + " SK=" + hidden + "\n"))
		var lines []string
		for part := range slices.Chunk([]byte(packed), 76) {
			lines = append(lines, string(part))
		}
		all, _ := Find([]byte(strings.Join(lines, "\n")))
		if len(all) != 1 || all[0].ID != keyID || all[0].Secret != Of(hidden) {
			t.Errorf("%d before it: %v", pad, all)
		}
	}
}

func TestFind(t *testing.T) {
	script := "#!/bin/sh\nexport ALIBABA_CLOUD_ACCESS_KEY_ID=" + keyID + "\nexport ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + hidden + "\n"
	pair := "AccessKey " + keyID + " …GfAe"
	pem := "-----BEGIN RSA PRIVATE KEY-----\n" + folded(strings.Repeat("k3y bytes of nobody ", 8)+"!") + "-----END RSA PRIVATE KEY-----\n"
	for name, x := range map[string]struct{ text, want string }{
		"plain":                  {script, pair},
		"nothing":                {"#!/bin/sh\nyum install -y nginx\n", ""},
		"empty":                  {"", ""},
		"once":                   {encoded(script), pair + " base64"},
		"twice":                  {encoded(encoded(script)), pair + " base64, base64"},
		"without its end":        {strings.TrimRight(encoded(script), "="), pair + " base64"},
		"for URLs":               {base64.RawURLEncoding.EncodeToString([]byte(script + "ÿÿþþ??")), pair + " base64"},
		"gzip":                   {packed(t, script), pair + " gzip"},
		"gzip in base64":         {encoded(packed(t, script)), pair + " base64, gzip"},
		"gzip, and again base64": {encoded(packed(t, encoded(script))), pair + " base64, gzip, base64"},
		"in lines":               {folded(script + strings.Repeat("# a long script\n", 20)), pair + " base64"},
		"a plain part":           {parts(t, "7bit", script), pair},
		"an encoded part":        {parts(t, "base64", folded(script)), pair + " base64"},
		"a packed part":          {encoded(parts(t, "base64", folded(packed(t, script)))), pair + " base64, base64, gzip"},
		"quoted-printable":       {parts(t, "quoted-printable", strings.ReplaceAll(script, keyID, keyID[:9]+"=\r\n"+keyID[9:])), pair + " quoted-printable"},
		"a file of cloud-config": {"#cloud-config\nwrite_files:\n- encoding: b64\n  path: /etc/aliyun\n  content: " + encoded(script) + "\n", pair + " base64"},
		"gz+b64 of cloud-config": {"#cloud-config\nwrite_files:\n- encoding: gz+b64\n  content: " + encoded(packed(t, script)) + "\n", pair + " base64, gzip"},
		"decoded by a shell":     {"echo " + encoded("ak="+keyID+" sk="+hidden) + " | base64 -d > ~/.key\n", pair + " base64"},
		"PowerShell":             {"powershell -EncodedCommand " + encoded(wide("$id='"+keyID+"'; $secret='"+hidden+"'")), pair + " base64"},
		"JSON":                   {`{"accessKeyId":"` + keyID + `","accessKeySecret":"` + hidden + `"}`, pair},
		"JSON in a string":       {`{"script":"ID=` + keyID + `\nSECRET=` + hidden + `\n"}`, pair},
		"a URL":                  {"https://" + keyID + ":" + hidden + "@oss.example.com/", pair},
		"side by side":           {"ossutil config -i " + keyID + " -k " + hidden, pair},
		"the secret first":       {"secret: " + hidden + "\nid: " + keyID, pair},
		"two keys":               {"a: " + keyID + " " + hidden + "\nb: " + other + " " + second, pair + "; AccessKey " + other + " …wE0r"},
		"an ID alone":            {"# disabled: " + keyID + "\n", "AccessKey " + keyID},
		"named twice":            {"# " + keyID + "\n" + strings.Repeat("#\n", 300) + "id=" + keyID + "\nsecret=" + hidden, pair},
		"too far":                {keyID + strings.Repeat("\n# a line", 60) + "\n" + hidden, "AccessKey " + keyID},
		"a secret by its name":   {"ACCESS_KEY_SECRET=" + hidden, "AccessKey secret …GfAe"},
		"in another file":        {"accessKeySecret: '" + hidden + "'\n" + encoded(script), pair + " base64"},
		"a session":              {"STS.NTrq3fWk8" + "ZmXp2VbYc7Lj " + hidden, "temporary AccessKey STS.NTrq3fWk8" + "ZmXp2VbYc7Lj …GfAe"},
		"a private key":          {"cat > key <<E\n" + pem + "E\n", "private key …ICE="},
		"a private key in JSON":  {`{"key":"` + strings.ReplaceAll(pem, "\r\n", `\n`) + `"}`, "private key …ICE="},
		"of AWS":                 {"AKIA" + "Q7ZP2MX8LW4RT9VB", "access key of AWS AKIA" + "Q7ZP2MX8LW4RT9VB"},
		"of GitHub":              {"ghp_" + hidden + "a1B2c3", "token of GitHub …B2c3"},
		"of Tencent Cloud":       {"AKID" + hidden + "z9", "access key of Tencent Cloud AKID" + hidden + "z9"},
	} {
		if got := said(found(x.text)); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// What only looks like a credential is none.
func TestNoCredential(t *testing.T) {
	for _, text := range []string{
		"LTAI****************Nd2j", "LTAI5t****", "LTAIxxxxxxxxxxxxxxxx", "LTAI5tExampleExampleExam", "<yourAccessKeyId> LTAIyourAccessKeyIdHere",
		"LTAI5tShort", "LTAI" + strings.Repeat("aB3", 20), "XLTAI5tQmW7eRk2ZpXc9VbN", "AKIAIOSFODNN7EXAMPLE", "LTAI5tQmW7eRk2Z*pXc9",
		"sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709", "id 550e8400-e29b-41d4-a716-446655440000", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"the call DescribeLaunchTemplateVersions of ECS", "accessKeySecret: DescribeLaunchTemplate", "secret: " + strings.Repeat("x", 30), "ACCESS_KEY_SECRET=$(cat /run/secret)",
		"-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----\n" + folded(strings.Repeat("public ", 30)) + "-----END PUBLIC KEY-----",
		"-----BEGIN CERTIFICATE-----\n" + folded(strings.Repeat("certificate ", 30)) + "-----END CERTIFICATE-----", "git commit " + "3f786850e387550fdab836ed7e6dc8",
		hidden, "a word of thirty letters and digits alone: " + second,
	} {
		if got := found(text); len(got) > 0 {
			t.Errorf("%q: %s", text, said(got))
		}
	}
}

// What somebody has made to unpack to very much ends.
func TestABombEnds(t *testing.T) {
	bomb := strings.Repeat("0", 4<<20)
	for range 3 {
		bomb = packed(t, bomb)
	}
	if _, complete := Find([]byte(encoded(bomb))); complete {
		t.Error("a bomb is said to have been read to its end")
	}
	cut := encoded(packed(t, "id="+keyID+"\n"+hidden+strings.Repeat(" and more", 9000)))
	for _, text := range []string{encoded(bomb), cut[:len(cut)/2], strings.Repeat(encoded("words that are base64 ")+" ", 2000)} {
		if got := said(found(text)); got != "" && !strings.Contains(got, keyID) {
			t.Error(got)
		}
	}
}

// FuzzFind: nothing ends it, nothing shows a secret, and a key that was planted in whatever
// text is found in whatever wrapper.
func FuzzFind(f *testing.F) {
	f.Add("#!/bin/sh\n", "\nexit 0\n", uint64(1))
	f.Add(encoded("text before "), "{\"a\": 1}", uint64(7))
	f.Add("LTAI", "\x1f\x8b", uint64(12))
	f.Fuzz(func(t *testing.T, before, after string, seed uint64) {
		if len(before)+len(after) > 4<<10 {
			return // it is longer than a script
		}
		random := rand.New(rand.NewPCG(seed, 1))
		text := before + "\nid=" + keyID + "\nsecret=" + hidden + "\n" + after
		mostly := readable([]byte(text))
		if !gzipped([]byte(text)) {
			for range random.IntN(3) {
				if random.IntN(2) == 0 {
					text = encoded(text)
				} else {
					text = packed(t, text)
				}
			}
		}
		all := found(text)
		if shown := fmt.Sprintf("%v %+v %#v", all, all, all); strings.Contains(shown, hidden[:26]) {
			t.Errorf("a secret is shown: %s", shown)
		}
		if mostly && !gzipped([]byte(before)) && !strings.Contains(said(all), keyID) {
			t.Errorf("%q: the planted key is not found: %s", text, said(all))
		}
	})
}
