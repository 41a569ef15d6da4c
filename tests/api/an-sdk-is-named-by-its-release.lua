-- API.md 4: sdk takes any release from 1.1.0 on; it acts as the newest row that is not newer, x.y is the last of its line,
-- and it brings its kind, for clients, fleets and topology.clients.
return scenario {
  topology = { nodes = 3, clients = "1.1.3" },
  story = function(w)
    local a, b, c = w:nodes()
    local function beats(options)
      local k = w:client(options)
      expect(k:register { service = "shop" })
      wait(s(1))
      expect(k:register { service = "shop" })
      local before = k:counters().beats
      wait(s(21))
      return k:counters().beats - before
    end
    expect(w:client().kind == "nacos-client-1" and w:client { kind = "nacos-client-2" }.kind == "nacos-client-2")
    expect(w:client { sdk = "2.0.1" }.kind == "nacos-client-2" and w:client { sdk = "3.2.1" }.kind == "nacos-client-2")
    expect(beats {} == 8, "what is registered twice beats twice up to 1.1.3")
    expect(beats { sdk = "1.1" } == 4 and beats { sdk = "1.3.2" } == 4, "1.1 is 1.1.4")

    step "redo, by release"
    local function after_switch(sdk, fail)
      local k = w:client { sdk = sdk, server = a }
      expect(k:register { service = "redo" })
      wait(s(1))
      if fail then w:intercept { from = k, op = "REGISTER", nth = { 1, 2, 3, 4 }, action = "refuse_apply", reply = "fail" } end
      expect(k:connect(b))
      wait(ms(50))
      local soon = b:knows(k)
      wait(s(10))
      return soon, b:knows(k)
    end
    local soon, later = after_switch("2.0.2", false)
    expect(soon and later, "2.0.2 redoes at once")
    soon, later = after_switch("2.0.2", true)
    expect(not soon and not later, "and once")
    soon, later = after_switch("2.0.3", true)
    expect(not soon and later, "from 2.0.3 on a task tries again")

    step "what is not acknowledged is redone from 2.0.2 on"
    local function after_refusal(sdk)
      local k = w:client { sdk = sdk, server = a }
      expect(k:register { service = "older", weight = 1 })
      w:intercept { from = k, op = "REGISTER", nth = { 1, 2, 3, 4 }, action = "refuse_apply", reply = "fail" }
      expect(not k:update { service = "older", weight = 2 })
      expect(k:connect(b))
      wait(s(4))
      for _, i in ipairs(b:stored "older") do if i.client == k.name then return i.weight end end
    end
    expect(after_refusal "2.0.1" == 1, "an older instance comes back")
    expect(after_refusal "2.0.2" == 2, "the newer one is cached")
  end,
}
