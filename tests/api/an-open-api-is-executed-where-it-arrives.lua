-- API.md 4: api = "v2" and "v3" of a 1.x client: each call goes to a server drawn anew, and is executed there, since
-- DistroFilter passes on /v1 alone; an API that the server's release lacks: false, "not found".
return scenario {
  topology = { nodes = 3, profiles = { n2 = "nacos-2.3", n3 = "nacos-2.1.2" } },
  story = function(w)
    local a, b, c = w:nodes()
    local lost = 0
    for i = 1, 12 do
      local k = w:client { kind = "nacos-client-1", api = "v3", server = a }
      expect(k:register { service = "v3" })
      if not a:owns(k.ip .. ":" .. k.port) then lost = lost + 1 end
    end
    expect(a:counters().forwarded == 0, "none was passed on")
    wait(s(3))
    expect(#a:stored "v3" == 12 and #b:stored "v3" == 12 - lost and lost > 0, "what is not owned is told to no server")
    local v2 = w:client { kind = "nacos-client-1", api = "v2", server = b }
    expect(v2:register { service = "v2" } and b:knows(v2))
    local function refused(api, server)
      local ok, why = w:client { kind = "nacos-client-1", api = api, server = server }:register { service = "x" }
      return ok == false and why == "not found"
    end
    expect(refused("v3", b) and refused("v3", c) and refused("v2", c), "404")
    local v1 = w:client { kind = "nacos-client-1", api = "v1", server = c }
    expect(v1:register { service = "v1" })
    local anew = w:client { kind = "nacos-client-1", api = "v2" }
    local seen = {}
    for _ = 1, 40 do
      if anew:register { service = "anew" } then seen[anew:server().name] = true end
    end
    expect(seen.n1 and seen.n2 and not seen.n3, "a server drawn anew for each call")
  end,
}
