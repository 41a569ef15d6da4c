-- API.md 4, 6: what waits at a node's threads is `queued`; what finds no room is told nothing over HTTP, and
-- is rejected over gRPC; a slow node takes its factor of what a request costs.
return scenario {
  topology = {
    nodes = 1,
    settings = {
      ["distrosim.httpCost"] = ms(100), ["server.tomcat.threads.max"] = 1, ["server.tomcat.max-connections"] = 3,
      ["distrosim.requestCost"] = ms(100), ["nacos.common.processors"] = 1,
      ["remote.executor.times.of.processors"] = 1, ["remote.executor.queue.size"] = 2,
    },
  },
  must_see = { "message.lost", "message.refused", "node.slow" },
  story = function(w)
    local a = w:nodes()
    local function pool(name)
      local threads = a:state().threads[name]
      return threads.busy .. " " .. threads.queued .. " " .. threads.rejected
    end
    step "five heartbeat clients at once: one is served, two wait, two are not let in"
    local posts = {}
    for i = 1, 5 do
      posts[i] = w:client { server = a, kind = "nacos-client-1" }:post "register" { service = "x" }
    end
    wait(ms(50))
    expect(pool "http" == "1 2 2" and a:state().queued == 2, "http: " .. pool "http")
    wait(ms(300))
    local done = 0
    for i = 1, 5 do done = done + (posts[i]:done() and 1 or 0) end
    expect(done == 3 and pool "http" == "0 0 2", done .. " served, http: " .. pool "http")

    step "a node that is slow takes as many times as long"
    w:slow(a, 3, s(1))
    local k = w:client { server = a, kind = "nacos-client-1" }
    local from = now()
    expect(k:register { service = "y" }, "not served")
    expect(now() - from >= ms(300) and now() - from < ms(302), "took " .. tostring(now() - from))
    wait(s(2))
    from = now()
    expect(k:update { service = "y", weight = 2 }, "not served")
    expect(now() - from >= ms(100) and now() - from < ms(102), "took " .. tostring(now() - from))

    step "five connections at once"
    for _ = 1, 5 do w:client { server = a } end
    wait(ms(50))
    local sdk = a:state().threads.sdk
    expect(sdk.busy == 1 and sdk.queued == 2 and sdk.rejected >= 2, "sdk: " .. pool "sdk")
  end,
}
