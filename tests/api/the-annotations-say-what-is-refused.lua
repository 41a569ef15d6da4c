-- API.md 4, 7: what meta/distrosim.lua says is refused ends a run with a sentence; here each is caught and counted.
return scenario {
  topology = { sites = { a = 2, b = 2 }, wan = { rtt = ms(20) } },
  story    = function(w)
    local a1 = w:node "a/n1"
    local k = w:client { name = "k", server = "a" }
    local old = w:client { name = "old", kind = "nacos-client-1", server = "a" }
    local f = w:fleet { name = "f", clients = 2, services = 2 }
    local gone = w:client { name = "gone", server = "a" }
    wait(s(10))
    gone:kill()
    local left = w:node "b/n2"
    w:leave(left)
    local bad = 1 / 0
    local cases = {
      us = { bad }, ms = { bad }, s = { bad }, minutes = { bad }, hours = { bad }, ratio = { 1, 0 }, percent = { bad },
      ppm = { bad }, kbit = { bad }, mbit = { bad }, gbit = { bad }, bytes = { bad }, kib = { bad }, mib = { bad },
      per_second = { bad }, per_minute = { bad },
      rtt_table = { "none" }, rtt_spread = { "none" }, require = { "none" }, setting = { "nacos.none" }, gc_pause = { "none" },
      outage = { "none" }, between = { s(2), s(1) }, one_of = { {} }, shuffle = { 1 }, poisson = { per_second(0) },
      wait = { -s(1) }, wait_until = { s(1) }, at = { s(1), print }, after = { -s(1), print }, every = { s(0), print },
      spawn = { 1 }, step = { {} }, expect = {}, eventually = { s(1), 1 }, within = { s(2), s(1), print },
      always = { 1 }, never = { 1 }, watch = { 1 }, measure = { "m", bad }, budget = { { ["lan.bytes"] = s(1) } },
    }
    local count = 0
    local function refused(what, call, ...)
      local ok, why = pcall(call, ...)
      expect(not ok and type(why) == "string" and #why > 20, what .. " was accepted")
      count = count + 1
    end
    for name, arguments in pairs(cases) do refused(name, _G[name], table.unpack(arguments)) end
    for name, arguments in pairs {
      node = { "a/n9" }, site = { "c" }, join = { "a/n1" }, leave = { left }, set_members = { a1, { "a/n9" } },
      crash = { left }, restart = { left }, upgrade = { a1, "nacos-9" }, stop = { left }, pause = { a1, -s(1) },
      slow = { a1, 0.5 }, clock = { a1, { drift = percent(60) } }, partition = {}, isolate = { "c" },
      cut = { "a", "b", { both = true } }, bridge = { a1, "a", "c" }, ring = { "c" }, blackhole = { "c" }, heal = { "a", "c" },
      link = { "a", "b", { rtt = s(1), delay = s(1) } }, flap = { "a", "b", { down = s(0) } }, clog = { "a", "b", -s(1) },
      intercept = { { op = "NONE" } }, metrics = { { site = "c" } }, traffic = { { op = "NONE" } }, chaos = { {} },
      client = { { name = "k" } }, fleet = { { clients = 0 } }, bridge_database = { "a>b", "down" },
      bridge_task = { "a>b", "x", "stop" }, bridge_state = { "a>b/1" }, cluster = { "c" }, settle = { { calm = s(1) } },
      all_know = { 1 }, none_knows = { 1 }, truth = { {} }, publish_config = { { id = "x" } },
      config_copy = { { from = "a", to = "b" } },
    } do refused("w:" .. name, w[name], w, table.unpack(arguments)) end
    for name, arguments in pairs {
      instances = { {} }, knows = { 1 }, counters = { "a/n9" }, setting = { "nacos.none" }, owns = { "\xff" }, config = { {} },
    } do refused("n:" .. name, a1[name], a1, table.unpack(arguments)) end
    for name, arguments in pairs {
      register = { { service = "x", weight = 10001 } }, register_batch = { { service = "x", instances = {} } },
      deregister = { {} }, update = { { service = "x", price = 1 } }, pause = { -s(1) }, failover = { 1 }, connect = { "a/n9" },
      server = { "c" }, subscribe = { {} }, sees = { {} }, heard = { {} }, answered = { {} }, post = { "leave" }, config = { {} },
    } do refused("k:" .. name, k[name], k, table.unpack(arguments)) end
    for _, name in ipairs { "register", "register_batch", "deregister", "update", "close", "connect", "subscribe", "kill",
                            "pause", "failover" } do
      refused(name .. " of one that has gone", gone[name], gone, { service = "x", instances = { {} } })
    end
    refused("a batch of 1.x", old.register_batch, old, { service = "x", instances = { {} } })
    refused("f:churn", f.churn, f, { register = per_second(2e6) })
    refused("f:close", f.close, f, -1)
    refused("f:kill", f.kill, f, 0.5)
    for _, name in ipairs { "no_lost_instances", "no_zombies", "no_resurrection", "one_owner", "no_empty_service",
                            "bounded_queue", "bounded_traffic", "verify_quiet", "no_native_expiry", "view_matches_store",
                            "staleness", "bridge_clean", "no_stale_content", "no_rollback", "no_lost_write" } do
      refused("checks." .. name, checks[name], { patience = s(1) })
    end
    refused("the handle of never", function() return never(function() return false end):first() end)
    measure("refused", count)
  end,
}
