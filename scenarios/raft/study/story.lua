-- Raft and Distro under the same story: servers in one to three regions, writers that change their instance every two seconds, a fault, its end; what is refused, late, stale, empty, lost, and what it costs.
local raft = require "raft"

return scenario {
  params = { protocol = "raft", servers = 3, regions = 1, fault = "none", rtt = ms(30), period = s(2), fault_for = s(60) },
  topology = function(p)
    local lan, wan, bare = { rtt = us(500) }, { rtt = p.rtt }, bytes(0)
    if p.regions == 1 then return { nodes = p.servers, raft = true, lan = lan, framing = bare } end
    local sites, names = {}, { "asia", "europe", "usa" }
    for i = 1, p.servers do
      local name = names[(i - 1) % p.regions + 1]
      sites[name] = (sites[name] or 0) + 1
    end
    return { sites = sites, raft = true, lan = lan, wan = wan, framing = bare }
  end,
  story = function(w, p)
    local persistent = p.protocol == "raft"
    local servers = { w:nodes() }
    local period = p.fault == "load" and p.period / 10 or p.period
    local last_rounds, clients, quiet = {}, {}, {}   -- by address: the last round acknowledged
    local asked, refused, late, writing, from = 0, 0, 0, true, nil
    local function ops(protocol)
      return protocol == "raft" and { "APPEND", "VOTE", "PREVOTE", "INSTALL", "WRITE" } or { "CHANGE", "DELETE", "VERIFY", "SNAPSHOT" }
    end
    local function sent()
      local messages, size = 0, bytes(0)
      for _, op in ipairs(ops(p.protocol)) do
        local t = w:traffic { op = op }
        messages, size = messages + t.messages + t.replies, size + t.bytes + t.reply_bytes
      end
      return messages, size / bytes(1)
    end

    step "at rest"
    for i, n in ipairs(servers) do
      for k = 1, 2 do
        local c = w:client { name = "w" .. i .. k, server = n }
        clients[#clients + 1] = c
        expect(c:register { service = "app", ephemeral = not persistent, metadata = { round = "0" } }, "the first registration")
        last_rounds[c.ip] = 0
      end
      -- One that never writes again: is it still known at the end?
      local q = w:client { name = "q" .. i, server = n }
      expect(q:register { service = "app", ephemeral = not persistent, metadata = { round = "0" } }, "a quiet one")
      quiet[#quiet + 1] = q.ip
    end
    wait(s(20))
    local m0, b0 = sent()
    wait(s(30))
    local m1, b1 = sent()
    measure("rest.messages_per_s", (m1 - m0) / 30)
    measure("rest.bytes_per_s", (b1 - b0) / 30)

    step "writes"
    local acknowledged = 0
    for i, c in ipairs(clients) do
      spawn(function()
        wait(period * (i / #clients))
        local round = 0
        while writing do
          round = round + 1
          local began = now()
          local ok = c:update { service = "app", ephemeral = not persistent, metadata = { round = tostring(round) } }
          if ok then acknowledged = acknowledged + 1 end
          if from and began >= from then
            asked = asked + 1
            if not ok then refused = refused + 1 end
            if now() - began > s(1) then late = late + 1 end
          end
          if ok then last_rounds[c.ip] = round end
          local rest = period - (now() - began)
          if rest > s(0) then wait(rest) end
        end
      end)
    end
    wait(s(10))
    local a0 = acknowledged
    m0, b0 = sent()
    wait(s(60))
    m1, b1 = sent()
    local writes = math.max(1, acknowledged - a0)
    measure("write.messages", (m1 - m0) / writes)
    measure("write.bytes", (b1 - b0) / writes)

    -- What every live server answers, looked at every 250 ms: staleness counts from a heartbeat and a push's delay on.
    from = now()
    local stale, empty, looks, watching, last_stale = 0, 0, 0, true, s(0)
    spawn(function()
      local seen = {}   -- by address: rounds acknowledged, and when the observer saw that
      while watching do
        for ip, round in pairs(last_rounds) do
          local known = seen[ip]
          if not known or known[#known][2] < round then
            known = known or {}
            known[#known + 1] = { now(), round }
            if #known > 40 then table.remove(known, 1) end
            seen[ip] = known
          end
        end
        for _, n in ipairs(w:live_nodes()) do
          local listed, any = {}, false
          for _, instance in ipairs(n:instances "app") do
            listed[instance.ip], any = tonumber(instance.metadata.round), true
          end
          looks = looks + 1
          if not any then empty = empty + 1 end
          for ip, known in pairs(seen) do
            local due = 0     -- the newest round that was acknowledged two seconds ago
            for i = #known, 1, -1 do
              if now() - known[i][1] >= s(2) then due = known[i][2] break end
            end
            if (listed[ip] or -1) < due then stale, last_stale = stale + 0.25, now() end
          end
        end
        wait(ms(250))
      end
    end)

    step("the fault: " .. p.fault)
    local leader = raft.leader(w)
    local others = raft.followers(w)
    local minority = { leader }
    if p.servers == 5 then minority[2] = others[1] end
    local function without(list)
      local rest = {}
      for _, n in ipairs(servers) do
        local within_it = false
        for _, m in ipairs(list) do within_it = within_it or m == n end
        if not within_it then rest[#rest + 1] = n end
      end
      return rest
    end
    if p.fault == "crash" then
      w:crash(leader)
      wait(p.fault_for)
      w:restart(leader)
    elseif p.fault == "minority" then
      w:partition(minority, without(minority))
      wait(p.fault_for)
      w:heal()
    elseif p.fault == "follower" then
      w:isolate(others[1])
      wait(p.fault_for)
      w:heal()
    elseif p.fault == "majority-down" then
      local down = {}
      for i = 1, p.servers // 2 + 1 do down[i] = others[i] or leader end
      w:crash(down)
      wait(p.fault_for)
      w:restart(down)
    elseif p.fault == "one-way" then
      w:cut(leader, without { leader }, { oneway = true })
      wait(p.fault_for)
      w:heal()
    elseif p.fault == "rolling" then
      for _, n in ipairs(servers) do
        w:stop(n)
        wait(s(5))
        w:restart(n)
        wait(p.fault_for / #servers - s(5))
      end
    elseif p.fault == "disk" then
      w:crash(leader)
      w:wipe(leader)
      wait(s(10))
      w:restart(leader)
      wait(p.fault_for - s(10))
    elseif p.fault == "all-disks" then
      w:crash(servers)
      w:wipe(servers)
      wait(s(10))
      w:restart(servers)
      wait(p.fault_for - s(10))
    else
      wait(p.fault_for)
    end

    step "it is over, and writes go on for a while"
    local healed = now()
    wait(s(40))
    writing = false
    measure("writes.asked", asked)
    measure("writes.refused", 100 * refused / math.max(1, asked))
    measure("writes.late", 100 * late / math.max(1, asked))
    wait(s(100))
    watching = false
    -- Distro's leases and Raft's elections are long over by now.
    local lost = 0
    for _, ip in ipairs(quiet) do
      local everywhere = true
      for _, n in ipairs(servers) do
        local here = false
        for _, instance in ipairs(n:instances "app") do here = here or instance.ip == ip end
        everywhere = everywhere and here
      end
      if not everywhere then lost = lost + 1 end
    end
    measure("right.after", math.max(0, (last_stale - healed) / s(1)))
    measure("lost", 100 * lost / #quiet)
    measure("stale", stale)
    measure("empty", 100 * empty / looks)
  end,
}
