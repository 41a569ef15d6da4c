-- A black hole costs a 1.x client 3 s, or 50 s once on an HTTP connection that it kept open.
return scenario {
  topology = { nodes = 1, clients = "nacos-client-1" },
  story = function(w)
    local n = w:nodes()
    local fresh, kept = w:client {}, w:client { keep_alive = s(20) }
    for _, k in ipairs { fresh, kept } do
      k:register { service = "shop" }
      w:cut(n, k)
    end
    local start, took = now(), {}
    local handles = { fresh:post "deregister" { service = "shop" }, kept:post "deregister" { service = "shop" } }
    for i, handle in ipairs(handles) do
      eventually(minutes(2), function() return handle:done() ~= nil end, "the operation ends")
      took[i] = now() - start
    end
    expect(took[1] >= s(9) and took[1] < s(9.2), "three connect time-outs: " .. took[1] / s(1))
    expect(took[2] >= s(56) and took[2] < s(56.2), "a read time-out, then two connects: " .. took[2] / s(1))
  end,
}
