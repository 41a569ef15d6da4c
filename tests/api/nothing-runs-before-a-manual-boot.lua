-- API.md 1, 4: with boot = "manual" no node runs until w:restart; one that is down says false, 0 or {}; a client
-- connects whether a server is ready or not, and what it was refused comes through later.
return scenario {
  topology = { nodes = 3, boot = "manual" },
  story = function(w)
    local a, b, c = w:nodes()
    expect(not a:alive() and #w:live_nodes() == 0 and a:count() == 0 and a:digest() == 0, "down")
    expect(#a:instances "x" == 0 and #a:services() == 0 and not a:owns "10.1.0.7:8080", "down")
    expect(next(a:state()) == nil and next(a:counters()) == nil, "down")
    local k = w:client { name = "k", server = a }
    local h = w:client { name = "h", server = a, kind = "nacos-client-1" }
    local ok, why = k:register { service = "x" }
    expect(ok == false and type(why) == "string", "registered at nobody")
    expect(now() >= ms(300) and now() <= s(3), "four tries of 100 ms took " .. now())
    local posted = h:post "register" { service = "x" }
    expect(posted:done() == nil, "it cannot know yet")
    wait(s(5))
    expect(posted:done() == false and not a:knows(k) and not w:all_know { k, h }, "registered at nobody")
    expect(not pcall(w.none_knows, w, "nobody"), "an unknown name")
    w:restart(a)
    w:restart { b, "n3" }
    eventually(s(60), function() return w:all_know { k, h } and w:converged() end, "all up, all known")
    expect(#w:live_nodes() == 3 and c:state().initialised, "loaded")
  end,
}
