-- Up to 2.1 a health check is one try of 3 s: a silent server is left 8 to 13 s after the last word, not 17 to 22.5 s.
return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local a = w:nodes()
    local old = w:client { server = a, sdk = "2.1", subscribe = { "shop" } }
    local new = w:client { server = a, sdk = "2.4" }
    wait(between(s(10), s(20)))
    w:cut(a, old)
    w:cut(a, new)
    local cut = now()
    spawn(function()
      within(s(3), s(13), function() return old:server() ~= nil and old:server().name ~= "n1" end, "the old SDK moves on")
    end)
    within(s(12), s(22.5), function() return new:server() ~= nil and new:server().name ~= "n1" end, "the new SDK moves on")
    expect(now() - cut > s(12), "the new SDK tried once only")
  end,
}
