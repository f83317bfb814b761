package cloud

import "strings"

// conditionTags are the tags of a call and of one of the resources it is
// about, by their condition keys. What a call makes has no tags yet, and a call
// about all resources is about none in particular.
func (q *rpcRequest) conditionTags(arn string) map[string]string {
	tags := map[string]string{}
	for k, v := range q.tags() {
		tags[requestTagKey+k] = v
	}
	q.c.mu.Lock()
	defer q.c.mu.Unlock()
	for k, v := range q.c.taggedWith(arn) {
		tags[resourceTagKey+k] = v
	}
	return tags
}

// taggedWith finds the tags of a resource by its ARN. mu is held.
func (c *Cloud) taggedWith(arn string) map[string]string {
	parts := strings.SplitN(arn, ":", 5)
	if len(parts) != 5 || c.tagsOf[parts[1]] == nil {
		return nil
	}
	kind, id, _ := strings.Cut(parts[4], "/")
	return c.tagsOf[parts[1]](parts[2], kind, id)
}
