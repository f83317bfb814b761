package kernel

import "strings"

// conditionTags are the tags of a call and of one of the resources it is
// about, by their condition keys. What a call makes has no tags yet, and a call
// about all resources is about none in particular.
func (q *Request) conditionTags(arn string) map[string]string {
	tags := map[string]string{}
	for k, v := range q.Tags() {
		tags[requestTagKey+k] = v
	}
	q.C.Mu.Lock()
	defer q.C.Mu.Unlock()
	for k, v := range q.C.taggedWith(arn) {
		tags[resourceTagKey+k] = v
	}
	return tags
}

// taggedWith finds the tags of a resource by its ARN. mu is held.
func (c *Cloud) taggedWith(arn string) map[string]string {
	parts := strings.SplitN(arn, ":", 5)
	if len(parts) != 5 || c.TagsOf[parts[1]] == nil {
		return nil
	}
	kind, id, _ := strings.Cut(parts[4], "/")
	return c.TagsOf[parts[1]](parts[2], kind, id)
}
