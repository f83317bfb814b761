package kernel

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
)

// randomness makes ids. It is seeded, so that a scenario run twice names its
// resources alike, and has its own lock, so that it can be used with or
// without Cloud.mu.
type randomness struct {
	First uint64 // the seed
	mu    sync.Mutex
	r     *rand.Rand
}

// The second number keeps two kinds of randomness with one seed apart.
func (r *randomness) seed(n uint64) { r.First, r.r = n, rand.New(rand.NewPCG(n, 0x65637367)) }

// A panic for n < 1, as in math/rand.
func (r *randomness) Intn(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.r.IntN(n)
}

const (
	LowerAlnum = "abcdefghijklmnopqrstuvwxyz0123456789"
	Alnum      = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + LowerAlnum
	Digits     = "0123456789"
)

// Text makes n characters out of an alphabet.
func (r *randomness) Text(n int, alphabet string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.r.IntN(len(alphabet))]
	}
	return string(b)
}

// Uuid makes a request id: "473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E".
func (r *randomness) Uuid() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	hi, lo := r.r.Uint64(), r.r.Uint64()
	hi = hi&^uint64(0xf000) | 0x5000
	lo = lo&^(uint64(3)<<62) | uint64(2)<<62
	return fmt.Sprintf("%08X-%04X-%04X-%04X-%012X",
		hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)
}

// regionCodes are the letters that real resource ids carry for their region.
var regionCodes = map[string]string{
	"cn-hangzhou": "bp1", "cn-beijing": "2ze", "cn-shanghai": "uf6", "cn-shenzhen": "wz9",
	"cn-qingdao": "m5e", "cn-hongkong": "j6c", "ap-southeast-1": "t4n", "ap-northeast-1": "6we",
	"eu-central-1": "gw8", "us-west-1": "rj9", "us-east-1": "0xi",
}

// Regions are the regions that this cloud has.
var Regions = []string{
	"cn-qingdao", "cn-beijing", "cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu",
	"cn-hangzhou", "cn-shanghai", "cn-shenzhen", "cn-heyuan", "cn-guangzhou", "cn-chengdu", "cn-hongkong",
	"ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
	"ap-northeast-1", "ap-northeast-2", "eu-central-1", "eu-west-1", "us-west-1", "us-east-1", "me-east-1",
}

// ResourceID makes an id as the real ones look: "sg-bp1fg655nh68xyz9****".
// A region without known letters has those of another one. Real ids have 17 characters behind the
// region's, in most products.
func (c *Cloud) ResourceID(kind, region string) string {
	code := regionCodes[region]
	if code == "" {
		code = "8vb"
	}
	return kind + "-" + code + c.Random.Text(17, LowerAlnum)
}

// Wildcard matches s with a pattern in which * is any run of characters and ?
// is any one of them.
// It is RAM's, and that of names in filters. It goes back to the last star only, so its time is at
// worst the product of both lengths.
func Wildcard(pattern, s string) bool {
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

var SlsProjectARN = regexp.MustCompile(`^acs:log:([^:]+):([^:]+):project/([^/]+)$`)

// ResourceGroup is the id of the one group of the account.
// Its id is made of the account, and the same in every run.
func (c *Cloud) ResourceGroup() string {
	return "rg-acfm" + strings.Repeat("0", 7) + c.Account[len(c.Account)-4:]
}
