package secret

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// A Kind is what was found.
type Kind string

// The kinds.
const (
	AccessKey  Kind = "AccessKey"                   // of Alibaba Cloud, by its ID
	Temporary  Kind = "temporary AccessKey"         // of a role's session: it ends within hours
	Unnamed    Kind = "AccessKey secret"            // called one, and no ID stands beside it
	PrivateKey Kind = "private key"                 // in PEM
	AWS        Kind = "access key of AWS"           // by its ID
	Tencent    Kind = "access key of Tencent Cloud" // by its ID
	GitHub     Kind = "token of GitHub"
)

// A Found is one credential in a text.
type Found struct {
	Kind   Kind
	ID     string // of an access key: no secret; empty: the kind has none
	Secret Text   // empty: only the ID stands there, or what belongs to it was not recognised
	Within string // what had to be opened to read it: "base64, gzip"; empty: it stands there plainly
}

// Held tells whether what lets somebody in stands there, and not its name alone.
func (f Found) Held() bool { return f.Secret != Text{} }

// same tells two of one text apart.
func (f Found) same() string { return string(f.Kind) + "\x00" + f.ID }

// Find gives the credentials in a text, whatever it is wrapped in: see layers. Each ID is
// given once, with its secret where one stands beside any place in which it is named. What
// is wrapped to more than is opened is not complete.
func Find(text []byte) (all []Found, complete bool) {
	place := map[string]int{}
	opened, complete := layers(text)
	for _, l := range opened {
		for _, f := range scan(l.text) {
			f.Within = l.within
			key := f.same()
			if f.ID == "" {
				key += f.Secret.text // what has no ID is told apart by itself
			}
			i, met := place[key]
			switch {
			case !met:
				place[key] = len(all)
				all = append(all, f)
			case !all[i].Held() && f.Held():
				all[i] = f
			}
		}
	}
	// A secret that stands beside its ID in one layer may stand alone in another.
	return slices.DeleteFunc(all, func(f Found) bool {
		if f.Kind == Unnamed {
			return slices.ContainsFunc(all, func(other Found) bool { return other.ID != "" && other.Secret == f.Secret })
		}
		// Base64 in lines, which tools write, opens line by line too: an ID that ends with the line is the begin of one.
		return f.ID != "" && !f.Held() && slices.ContainsFunc(all, func(other Found) bool {
			return other.Kind == f.Kind && other.ID != f.ID && strings.HasPrefix(other.ID, f.ID)
		})
	}), complete
}

// secretLength is how long the secret of an AccessKey is, and near how far from its ID it may
// stand: a few lines.
const (
	secretLength = 30
	near         = 400
)

// form is what a credential looks like.
type form struct {
	kind Kind
	like *regexp.Regexp
	id   bool // the match is its name and not a secret
}

var forms = []form{
	{AccessKey, regexp.MustCompile(`LTAI[0-9A-Za-z]{12,26}`), true},
	{Temporary, regexp.MustCompile(`STS\.[0-9A-Za-z]{16,40}`), true},
	{AWS, regexp.MustCompile(`A(?:KI|SI)A[0-9A-Z]{16}`), true},
	{Tencent, regexp.MustCompile(`AKID[0-9A-Za-z]{32}`), true},
	{GitHub, regexp.MustCompile(`gh[pousr]_[0-9A-Za-z]{36}`), false},
}

var (
	// called is a name under which secrets of AccessKeys are kept, up to the value.
	called = regexp.MustCompile(`(?i)(?:access[_\-. ]?key[_\-. ]?secret|access[_\-. ]?secret|secret[_\-. ]?access[_\-. ]?key|ak[_\-. ]?secret|secret[_\-. ]?key)["'\\]*[ \t]*(?:[:=]>?|[ \t])[ \t]*["'\\]*$`)
	block  = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----((?:[^-]|-[^-])*)`)
	blank  = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "", `\n`, "", `\r`, "")
)

// A candidate is a word that has the form of an AccessKey's secret.
type candidate struct {
	at    int
	text  string
	named bool // it is called a secret
}

// scan finds the credentials that stand in a text as they are.
func scan(text string) (all []Found) {
	type named struct{ found, at int }
	var ids []named
	for _, f := range forms {
		for _, at := range f.like.FindAllStringIndex(text, -1) {
			match := text[at[0]:at[1]]
			if !whole(text, at[0], at[1], "*") || example(match) {
				continue
			}
			if !f.id {
				all = append(all, Found{Kind: f.kind, Secret: Of(match)})
				continue
			}
			if f.kind == AccessKey || f.kind == Temporary {
				ids = append(ids, named{len(all), at[0]})
			}
			all = append(all, Found{Kind: f.kind, ID: match})
		}
	}
	// The nearest pair first: of two keys below each other, each has its own secret.
	type pair struct{ id, secret, distance int }
	secrets := candidates(text)
	var pairs []pair
	for i, id := range ids {
		for j, s := range secrets {
			distance := s.at - id.at // what follows an ID is rather its secret than what stands before
			if distance < 0 {
				distance = -2 * distance
			}
			if distance <= near {
				pairs = append(pairs, pair{i, j, distance})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(a.distance, b.distance) })
	taken := map[int]bool{}
	for _, p := range pairs {
		if f := &all[ids[p.id].found]; !f.Held() && !taken[p.secret] {
			f.Secret, taken[p.secret] = Of(secrets[p.secret].text), true
		}
	}
	for j, s := range secrets {
		if s.named && !taken[j] {
			all = append(all, Found{Kind: Unnamed, Secret: Of(s.text)})
		}
	}
	for _, m := range block.FindAllStringSubmatch(text, -1) {
		if body := blank.Replace(m[1]); len(body) >= 64 && !example(body) {
			all = append(all, Found{Kind: PrivateKey, Secret: Of(body)})
		}
	}
	return all
}

// candidates are the words of thirty letters and digits that are no hash, no number and no
// name of an operation: letters of both cases and a digit, or called a secret.
func candidates(text string) (all []candidate) {
	for _, at := range spans(text, letters, secretLength) {
		match := text[at[0]:at[1]]
		if len(match) != secretLength || !whole(text, at[0], at[1], "+_-*") || example(match) {
			continue
		}
		named := called.MatchString(text[max(0, at[0]-60):at[0]])
		upper, lower, digit := strings.ToUpper(match) == match, strings.ToLower(match) == match, strings.ContainsAny(match, "0123456789")
		if upper || lower || !digit && !named {
			continue
		}
		all = append(all, candidate{at[0], match, named})
	}
	return all
}

// whole tells whether what stands from one place to another is a word, and no part of a
// longer one that letters, digits and what else joins make: a hash, or something masked.
func whole(text string, from, to int, joins string) bool {
	if from > 0 && (letter(text[from-1]) && !escaped(text, from-1) || strings.IndexByte(joins, text[from-1]) >= 0) {
		return false
	}
	return to == len(text) || !letter(text[to]) && strings.IndexByte(joins, text[to]) < 0
}

// escaped tells whether a letter is the end of an escape as JSON and shells write it: \n.
func escaped(text string, at int) bool {
	return at > 0 && text[at-1] == '\\' && strings.IndexByte("nrt", text[at]) >= 0
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func letter(c byte) bool { return strings.IndexByte(letters, c) >= 0 }

// spans are the places of a text that hold nothing but some characters, and at least so many.
// A pattern says the same, and takes thirty times as long.
func spans(text, of string, least int) (places [][2]int) {
	var in [256]bool
	for i := range len(of) {
		in[of[i]] = true
	}
	from := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && in[text[i]] {
			continue
		}
		if i-from >= least {
			places = append(places, [2]int{from, i})
		}
		from = i + 1
	}
	return places
}

// example tells whether something only shows where a credential belongs: LTAIxxxxxxxxxxxx.
func example(match string) bool {
	low := strings.ToLower(match)
	for _, w := range []string{"example", "xxxx", "your", "sample", "placeholder", "dummy", "yyyy", "0000000", "aaaaaaa"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	different := map[rune]bool{}
	for _, r := range low {
		different[r] = true
	}
	return len(different) < 8
}
