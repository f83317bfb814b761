package secret

import "strings"

// Hide is a text in which the credentials that stand there as they are show their end at most:
// for names, tags, user agents and errors, which others write. What is wrapped stays, since it
// is no text to people either.
func Hide(text string) string {
	if strings.Contains(text, "PRIVATE KEY-----") {
		text = block.ReplaceAllStringFunc(text, func(key string) string {
			head, _, _ := strings.Cut(strings.TrimPrefix(key, "-----"), "-----")
			return "-----" + head + "-----…"
		})
	}
	if len(spans(text, letters, secretLength)) == 0 {
		return text
	}
	for _, f := range scan(text) {
		if f.Held() {
			text = strings.ReplaceAll(text, f.Secret.text, f.Secret.String())
		}
	}
	return text
}
