-- API.md 4: k:deregister with ip or port takes back one of several; what was never registered: true, and nothing
-- changes. A 1.x client publishes a service under several ports; a batch's rest is registered again from SDK 2.3 on.
local function places(list)
  local out = {}
  for _, i in ipairs(list) do out[#out + 1] = i.ip .. ":" .. i.port end
  return table.concat(out, " ")
end

return scenario {
  topology = { nodes = 3 },
  story = function(w)
    local a = w:nodes()
    local old = w:client { name = "old", kind = "nacos-client-1", ip = "10.9.0.1" }
    for port = 1, 3 do expect(old:register { service = "old", port = port, metadata = { p = port } }) end
    expect(old:update { service = "old", port = 2, weight = 3 })
    local new = w:client { name = "new", ip = "10.9.0.2" }
    expect(new:register_batch { service = "new", instances = { { port = 1 }, { port = 2 }, { port = 3 } } })
    wait(s(8))
    expect(w:converged() and w:all_know { old, new })
    expect(a:stored("old")[2].weight == 3 and a:stored("old")[2].metadata.p == "2", "an update names its port")
    for name, k in pairs { old = old, new = new } do
      expect(k:deregister { service = name, port = 9 } and #w:truth(name) == 3, "never registered")
      expect(k:deregister { service = name, ip = k.ip, port = 2 })
      expect(places(w:truth(name)) == k.ip .. ":1 " .. k.ip .. ":3", places(w:truth(name)))
    end
    wait(s(60))
    expect(w:converged() and w:all_know { old, new }, "the rest stays")
    for name, k in pairs { old = old, new = new } do
      expect(k:deregister(name) and #w:truth(name) == 0, "all of it")
    end
    wait(s(40))
    expect(w:converged() and #a:stored "old" == 0)

    local before = w:client { name = "before", sdk = "2.2", ip = "10.9.0.3" }
    expect(before:register_batch { service = "old", instances = { { port = 1 }, { port = 2 } } })
    expect(before:deregister { service = "old", port = 1 })
    wait(s(5))
    expect(#w:truth "old" == 1 and #a:stored "old" == 0, "all go")
  end,
}
