-- API.md 3, known_as: the others list and hash a server under this address, and it itself under its own.
return scenario {
  topology = { nodes = 3, known_as = { n1 = "n1.nacos:8848" } },
  must_see = { "sync.applied", "verify.ok" },
  story = function(w)
    local a, b, c = w:nodes()
    expect(a.name == "n1" and a.address == "10.0.0.1:8848", "its name and own address stay")
    local differ = 0
    for i = 1, 60 do
      local tag = "10.1.0." .. i .. ":8080"
      local owners = 0
      for _, n in ipairs { a, b, c } do owners = owners + (n:owns(tag) and 1 or 0) end
      if owners ~= 1 then differ = differ + 1 end
    end
    expect(differ > 0, "it sorts last for the others and first for itself, so owners must differ")

    local shop = w:client { name = "shop-1", server = a }
    local desk = w:client { name = "desk-1", server = b }
    shop:register { service = "shop" }
    desk:register { service = "desk" }
    eventually(s(6), function() return w:all_know(shop) and w:all_know(desk) end, "pushes and VERIFY reach it")
    wait(s(10))
    expect(b:state().members.n1 == "UP" and a:state().members.n2 == "UP", "each is a member by its name")
    expect(b:counters(a).verify_ok > 0 and a:counters(b).verify_ok > 0, "VERIFY by either address")

    step "it crashes, and is found again under the name that the others have"
    w:crash(a)
    eventually(s(25), function() return b:state().members.n1 == "DOWN" end, "n1 is DOWN")
    w:restart(a)
    eventually(s(40), function() return b:state().members.n1 == "UP" end, "n1 is UP")

    step "one joins under another name, and leaves"
    local d = w:join("n4", { known_as = "n4.nacos:8848" })
    eventually(s(20), function() return b:state().members.n4 == "UP" and d:state().ready end, "n4 is UP")
    eventually(s(20), function() return d:knows(desk) end, "n4 loads")
    w:set_members(c, { b, c, d })
    wait(s(2))
    expect(c:state().members.n4 and not c:state().members.n1, "a list of its own")
    w:leave(d)
    wait(s(2))
    expect(b:state().members.n4 == nil and c:state().members.n4 == nil, "n4 is in no list")
  end,
}
