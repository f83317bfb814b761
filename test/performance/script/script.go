// Package script is what a function called, so that the same calls can be made again by
// a program that does nothing else.
package script

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"
	"github.com/pierrec/lz4/v4"
)

// EnvScripts is the variable that names the file with the scripts of the calibrated program.
const EnvScripts = "SCRIPTS"

// Load is the payload that makes the program read them. Any other plays the next one.
const Load = "load"

// A Script is the calls of one invocation. Those of one stage are made at once, and a
// stage begins when the one before it has been answered.
type Script struct {
	Stages [][]Step
}

// A Step is one call: of an RPC API where Action is set, else of the log.
type Step struct {
	Product, Version, Action, Host string
	Params                         map[string]string

	Project, Store, Log, HashKey string // Log is one of the words below
	Group                        []byte // a log group, as protobuf
	Search                       *sls.GetLogRequest
	Shard                        int
	From, Cursor                 string
	Count                        int
}

// What is done with the log.
const (
	Put    = "put"
	Search = "search"
	Cursor = "cursor"
	Pull   = "pull"
	Shards = "shards"
)

// Of reads a step off a request. Another kind of request than those that the functions
// make today is refused by name: teach it here, and in Play.
func Of(r *http.Request, body []byte) (Step, error) {
	if project, ok := strings.CutSuffix(r.Host, ".log.aliyuncs.com"); ok {
		project, _, _ = strings.Cut(project, ".")
		return ofLog(r, project, body)
	}
	form := r.URL.Query()
	if extra, err := url.ParseQuery(string(body)); err == nil {
		for name, values := range extra {
			form[name] = values
		}
	}
	s := Step{Host: r.Host, Action: form.Get("Action"), Version: form.Get("Version"), Params: map[string]string{}}
	if s.Action == "" {
		return s, fmt.Errorf("%s %s%s: no call that can be made again", r.Method, r.Host, r.URL.Path)
	}
	s.Product, _, _ = strings.Cut(r.Host, ".")
	for name := range form {
		if !signed[name] {
			s.Params[name] = form.Get(name)
		}
	}
	return s, nil
}

// signed are the parameters that the SDK adds by itself.
var signed = map[string]bool{
	"Action": true, "Version": true, "Format": true, "AccessKeyId": true, "Signature": true, "SignatureMethod": true,
	"SignatureVersion": true, "SignatureNonce": true, "SignatureType": true, "Timestamp": true, "SecurityToken": true,
}

func ofLog(r *http.Request, project string, body []byte) (Step, error) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	q := r.URL.Query()
	s := Step{Project: project}
	if len(path) < 2 || path[0] != "logstores" {
		return s, fmt.Errorf("%s %s%s: no call of a logstore", r.Method, r.Host, r.URL.Path)
	}
	s.Store = path[1]
	rest := strings.Join(path[2:], "/")
	switch {
	case r.Method == http.MethodPost && (rest == "" || rest == "shards/lb" || rest == "shards/route"):
		s.Log, s.HashKey = Put, q.Get("key")
		var err error
		s.Group, err = unpacked(r.Header, body)
		return s, err
	case r.Method == http.MethodPost && rest == "logs":
		s.Log, s.Search = Search, &sls.GetLogRequest{}
		plain, err := unpacked(r.Header, body)
		if err != nil {
			return s, err
		}
		return s, json.Unmarshal(plain, s.Search)
	case r.Method == http.MethodGet && rest == "shards":
		s.Log = Shards
		return s, nil
	case r.Method == http.MethodGet && len(path) == 4 && path[2] == "shards":
		var err error
		if s.Shard, err = strconv.Atoi(path[3]); err != nil {
			return s, err
		}
		if q.Get("type") == "cursor" {
			s.Log, s.From = Cursor, q.Get("from")
			return s, nil
		}
		s.Log, s.Cursor = Pull, q.Get("cursor")
		s.Count, err = strconv.Atoi(q.Get("count"))
		return s, err
	}
	return s, fmt.Errorf("%s %s: the calibrated program does not know this call of the log", r.Method, r.URL.Path)
}

func unpacked(h http.Header, body []byte) ([]byte, error) {
	switch kind := h.Get("x-log-compresstype"); kind {
	case "":
		return body, nil
	case "lz4":
		size, err := strconv.Atoi(h.Get("x-log-bodyrawsize"))
		if err != nil {
			return nil, err
		}
		out := make([]byte, size)
		n, err := lz4.UncompressBlock(body, out)
		return out[:n], err
	default:
		return nil, fmt.Errorf("a body packed with %s", kind)
	}
}

// group is a step's log group, decoded anew: the SDK may write to what it is given.
func (s Step) group() (*sls.LogGroup, error) {
	g := &sls.LogGroup{}
	return g, proto.Unmarshal(s.Group, g)
}
