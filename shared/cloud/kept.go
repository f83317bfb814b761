package cloud

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"
)

// commonBy are the parameters by which calls choose what many resources have in common:
// their network, a list that their rules name.
var commonBy = []string{
	"VpcId", "NatGatewayId", "PrefixListId", "PortRangeListId", "NetworkType", "Status", "SecurityGroupName", "Tag.1.Key", "Tag.1.Value",
	"PageNumber", "PageSize", "MaxResults", "NextToken",
}

// common tells whether a call chooses nothing else. Lists of everything there is, which page
// by token, are read once to know what to look at, and are too long to keep.
func common(call Call) bool {
	listing := call.Params["MaxResults"] != ""
	for name := range call.Params {
		if !slices.Contains(commonBy, name) {
			return false
		}
		listing = listing && (name == "MaxResults" || name == "NextToken")
	}
	return !listing && slices.ContainsFunc([]string{"Describe", "List", "Get"}, func(verb string) bool { return strings.HasPrefix(call.Action, verb) })
}

// keeper keeps answers, as many as there is room for. Pages that a token leads to are kept
// from the first to the last, or not at all: a token may be too old to go on from.
type keeper struct {
	mu      sync.Mutex
	room    int64
	pack    *packer
	answers map[string][]byte
	open    map[string]*chain // by the call that goes on with them
}

// chain is the pages of an answer that has more of them.
type chain struct {
	keys  []string
	pages [][]byte
	size  int64
}

func (k *keeper) read(ctx context.Context, reader Reader, call Call, out any) error {
	key := call.String()
	if body := k.find(key); body != nil {
		return Decode(call, body, out)
	}
	var body json.RawMessage
	if err := reader.Read(ctx, call, &body); err != nil {
		return err
	}
	k.keep(call, key, body)
	return Decode(call, body, out)
}

func (k *keeper) find(key string) []byte {
	k.mu.Lock()
	packed, pack := k.answers[key], k.pack
	k.mu.Unlock()
	if packed == nil {
		return nil
	}
	body, err := pack.unpack(packed)
	if err != nil {
		return nil // it is asked for again
	}
	return body
}

func (k *keeper) keep(call Call, key string, body json.RawMessage) {
	var page struct{ NextToken string }
	if json.Unmarshal(body, &page) != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pack == nil {
		k.pack = newPacker(nil)
	}
	c := k.open[key]
	if c == nil && call.Params["NextToken"] != "" || k.answers[key] != nil {
		return // its beginning is not kept, or it is kept already
	}
	delete(k.open, key)
	if c == nil {
		c = &chain{}
	}
	packed := k.pack.pack(body)
	size := int64(len(key) + len(packed))
	c.keys, c.pages, c.size = append(c.keys, key), append(c.pages, packed), c.size+size
	k.room -= size
	switch {
	case k.room < 0:
		k.room += c.size
	case page.NextToken != "":
		after := call.With("NextToken", page.NextToken).String()
		if before := k.open[after]; before != nil {
			k.room += before.size
		}
		k.open[after] = c
	default:
		for i, key := range c.keys {
			k.answers[key] = c.pages[i]
		}
	}
}

// packer makes texts small that are like each other, or like a dictionary.
type packer struct {
	dictionary []byte
	writer     *flate.Writer // for one at a time
	buffer     bytes.Buffer
	readers    *sync.Pool
}

func newPacker(dictionary []byte) *packer {
	p := &packer{dictionary: dictionary, readers: &sync.Pool{}}
	p.writer, _ = flate.NewWriterDict(io.Discard, flate.DefaultCompression, dictionary) // an error is of an unknown level
	return p
}

// pack must not be called by two at the same time.
func (p *packer) pack(text []byte) []byte {
	p.buffer.Reset()
	p.writer.Reset(&p.buffer)
	_, _ = p.writer.Write(text) // a buffer takes everything
	_ = p.writer.Close()
	return bytes.Clone(p.buffer.Bytes())
}

// close gives back what packing needs. There is only unpacking from then on.
func (p *packer) close() { p.writer, p.buffer = nil, bytes.Buffer{} }

func (p *packer) unpack(packed []byte) ([]byte, error) {
	reader, ok := p.readers.Get().(io.ReadCloser)
	if !ok {
		reader = flate.NewReaderDict(nil, p.dictionary)
	}
	defer p.readers.Put(reader)
	if err := reader.(flate.Resetter).Reset(bytes.NewReader(packed), p.dictionary); err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}
