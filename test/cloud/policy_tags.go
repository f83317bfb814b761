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
	for k, v := range q.c.tagsOf(arn) {
		tags[resourceTagKey+k] = v
	}
	return tags
}

// tagsOf finds the tags of a resource of ECS by its ARN. mu is held.
func (c *Cloud) tagsOf(arn string) map[string]string {
	parts := strings.SplitN(arn, ":", 5)
	if len(parts) != 5 || parts[1] != "ecs" {
		return nil
	}
	kind, id, _ := strings.Cut(parts[4], "/")
	q := &rpcRequest{c: c, region: parts[2], params: map[string]string{"ResourceType": kind}}
	all, _, err := q.tagged()
	if err != nil { // a kind that cannot carry tags
		return nil
	}
	if r, ok := find(q, all, id); ok {
		return r.tags
	}
	return nil
}
