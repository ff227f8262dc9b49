var config = require('../../config.js')
var createGateway = require('../../llm-gateway/llm-gateway.js').createGateway
var describeError = require('./sentences.js').describeError

/** How often the page is drawn while a reply streams, in milliseconds: setData costs more than a piece of text is worth. */
var drawMs = 80

Page({
  data: {
    messages: [],
    draft: '',
    isRunning: false,
    points: null,
    presets: [{ name: 'send', type: 'icon' }]
  },

  onLoad: function () {
    this.gateway = createGateway({ env: config.env, url: config.url })
    this.conversation = []
    this.showPoints()
  },

  onUnload: function () {
    this.onStop()
  },

  onDraft: function (event) {
    this.setData({ draft: event.detail.value })
  },

  onSend: function (event) {
    var question = event.detail.value.trim()
    if (question === '' || this.data.isRunning) return
    this.conversation.push({ role: 'user', content: question })
    var shown = this.data.messages.concat(
      toShown('user', question, '', 'complete'),
      toShown('assistant', '', '', 'pending')
    )
    this.setData({ messages: shown, draft: '', isRunning: true })
    this.ask(shown.length - 1)
  },

  /** Sends the conversation, and draws the reply at an index of the list. */
  ask: function (index) {
    var page = this
    var answer = { text: '', thought: '' }
    var timer
    function draw(status, sentence) {
      clearTimeout(timer)
      timer = undefined
      var changed = {}
      changed['messages[' + index + ']'] = toShown('assistant', answer.text || sentence || '', answer.thought, status)
      page.setData(changed)
    }
    function drawSoon() {
      if (timer === undefined)
        timer = setTimeout(function () {
          draw('streaming')
        }, drawMs)
    }
    /** A question without a reply is no part of the conversation: models expect that questions and replies alternate. */
    function end(status, sentence) {
      draw(status, sentence)
      if (answer.text === '') page.conversation.pop()
      else page.conversation.push({ role: 'assistant', content: answer.text })
      page.setData({ isRunning: false })
      page.running = undefined
      page.showPoints()
    }
    var task = this.gateway.chat({
      model: config.model,
      messages: this.conversation.slice(),
      onText: function (text) {
        answer.text += text
        drawSoon()
      },
      onThought: function (text) {
        answer.thought += text
        drawSoon()
      },
      onDone: function () {
        end('complete')
      },
      onError: function (error) {
        wx.showToast({ title: describeError(error), icon: 'none' })
        end('error', describeError(error))
      }
    })
    this.running = { task: task, end: end }
  },

  onStop: function () {
    var running = this.running
    if (!running) return
    running.task.abort()
    running.end('stop')
  },

  /** Shows the points of the user, if the gateway has wallets. */
  showPoints: function () {
    var page = this
    this.gateway.get('/v1/wallet', {
      onDone: function (wallet) {
        page.setData({ points: wallet.available })
      }
    })
  }
})

/** A message as TDesign's t-chat-list draws it. */
function toShown(role, text, thought, status) {
  var content = []
  if (thought !== '') content.push({ type: 'thinking', data: { title: '思考', text: thought } })
  content.push({ type: role === 'user' || status === 'error' ? 'text' : 'markdown', data: text })
  return { role: role, content: content, status: status }
}
